#include "apps/config/axonflow/translation.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "apps/config/axonflow/file.h"
#include "apps/config/axonflow/providers.h"
#include "apps/config/axonflow/words.h"
#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/secret.h"
#include "libs/config/tree.h"

namespace portcullis::app::axonflow {
namespace {

using config::Document;
using config::Node;
using config::Position;
using config::Severity;

constexpr std::string_view kRoutingVariables[] = {"LLM_ROUTING_STRATEGY", "PROVIDER_WEIGHTS", "LLM_PROVIDERS",
                                                  "DEFAULT_LLM_PROVIDER", "LLM_DEFAULT_PROVIDER"};
constexpr double kLeastWeight = 0.001;

Node Scalar(const Value& value) { return config::TextNode(value.text, value.position); }

void Add(Node& mapping, const char* key, const std::optional<Value>& value) {
  if (value) config::Put(mapping, key, Scalar(*value));
}

std::optional<double> NumberOf(std::string_view text) {
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

double WeightOf(const Provider& provider) {
  return provider.weight ? NumberOf(provider.weight->text).value_or(1) : 1;
}

class Translator {
 public:
  Translator(const Document* file, const config::Environment& environment, Document& document,
             config::Issues& issues)
      : file_(file), environment_(environment), document_(document), issues_(issues) {}

  void PutProviders() {
    default_source_ = document_.AddSource("AxonFlow's default");
    const bool listed = file_ != nullptr && file_->root().Find("llm_providers") != nullptr;
    if (file_ != nullptr) {
      providers_ = ReadProviders(*file_, document_.AddSource(*file_), environment_, issues_);
    }
    if (!listed) TakeFromEnvironment();
    for (Provider& provider : providers_) Complete(provider);
    Filter();
    const std::string strategy = Strategy();
    if (providers_.empty() || !issues_.ok()) return;
    GiveWeights();
    PutFirst(strategy);
    PutTargets(strategy);
  }

 private:
  std::string Get(std::string_view variable) const {
    return variable.empty() ? "" : environment_.Get(variable).value_or("");
  }

  void Refuse(std::string_view variable, std::string message, std::string suggestion = "") {
    TellOfVariable(document_, issues_, Severity::kError, config::code::kNotAllowed, variable,
                   std::move(message), std::move(suggestion));
  }

  void Warn(std::string_view variable, std::string message) {
    TellOfVariable(document_, issues_, Severity::kWarning, config::code::kDoesNotRun, variable,
                   std::move(message));
  }

  // The variable's value with its name as the place; nothing when it is not set.
  std::optional<Value> Take(std::string_view variable) {
    std::string text = Get(variable);
    if (text.empty()) return std::nullopt;
    Position position;
    position.source = document_.AddSource(std::string(variable));
    return Value{std::move(text), position};
  }

  Value Default(std::string text) const {
    Position position;
    position.source = default_source_;
    return {std::move(text), position};
  }

  void TakeFromEnvironment() {
    for (const ProviderVariables& row : KnownProviders()) {
      if (!IsSwitchedOn(row, environment_)) continue;
      Provider& provider = providers_.emplace_back();
      provider.name = std::string(row.name);
      provider.position = Default("").position;
    }
    if (!Get("BEDROCK_REGION").empty()) {
      Warn("BEDROCK_REGION", "has no effect: Bedrock's wire format is not spoken here");
    }
  }

  // What the file does not say, the provider's variables do, and after them AxonFlow's defaults.
  void Complete(Provider& provider) {
    const ProviderVariables* row = FindVariables(provider.name);
    if (row == nullptr) return;
    const auto fill = [&](std::optional<Value>& value, std::string_view variable, std::string_view fallback) {
      if (!value) value = Take(variable);
      if (!value && !fallback.empty()) value = Default(std::string(fallback));
    };
    fill(provider.model, row->model, row->default_model);
    fill(provider.endpoint, row->endpoint, "");
    fill(provider.timeout, row->timeout, "120");
    if (row->name == "azure-openai") fill(provider.api_version, "AZURE_OPENAI_API_VERSION", "");
    if (!provider.key_variable && !provider.literal_key && !row->key.empty()) {
      provider.key_variable = Default(std::string(row->key));
    }
    if (!provider.model) {
      Warn(row->model,
           "is not set: requests to " + provider.name + " that name no model will be refused by it");
    }
  }

  // LLM_PROVIDERS says which providers there are, and in which order.
  void Filter() {
    const std::vector<std::string> wanted = SplitList(Get("LLM_PROVIDERS"));
    if (wanted.empty()) return;
    std::vector<Provider> kept;
    for (const std::string& name : wanted) {
      const auto found = FindProvider("LLM_PROVIDERS", name);
      if (found == providers_.end()) continue;
      kept.push_back(std::move(*found));
      providers_.erase(found);
    }
    if (kept.empty() && issues_.ok()) {
      Refuse("LLM_PROVIDERS", "leaves no provider", "set the key of one of them, or unset it");
    }
    providers_ = std::move(kept);
  }

  // Reports a name that nobody has (an error) or that is not switched on (a warning).
  std::vector<Provider>::iterator FindProvider(std::string_view variable, const std::string& name) {
    const std::string canonical = CanonicalName(name);
    const auto found = std::find_if(providers_.begin(), providers_.end(),
                                    [&](const Provider& p) { return p.name == canonical; });
    if (found != providers_.end()) return found;
    std::vector<std::string> names = {"bedrock"};
    for (const ProviderVariables& row : KnownProviders()) names.emplace_back(row.name);
    const ProviderVariables* row = FindVariables(canonical);
    if (row == nullptr && canonical != "bedrock") {
      Refuse(variable, NotOneOf(name, names));
    } else {
      Warn(variable,
           base::StrCat("names ", name, ", which is not switched on",
                        row == nullptr || row->key.empty() ? "" : base::StrCat(": set ", row->key)));
    }
    return found;
  }

  std::string Strategy() {
    static const std::map<std::string, std::string> kStrategies = {{"weighted", "weighted_round_robin"},
                                                                   {"round_robin", "round_robin"},
                                                                   {"round-robin", "round_robin"},
                                                                   {"failover", "fallback"},
                                                                   {"cost_optimized", "cost"}};
    const std::string word = Get("LLM_ROUTING_STRATEGY");
    if (word.empty()) return "weighted_round_robin";
    const auto found = kStrategies.find(word);
    if (found != kStrategies.end()) return found->second;
    Refuse("LLM_ROUTING_STRATEGY",
           NotOneOf(word, {"weighted", "round_robin", "round-robin", "failover", "cost_optimized"}));
    return "";
  }

  // PROVIDER_WEIGHTS as shares of 1; providers that it does not name have the share that all would have.
  void GiveWeights() {
    std::map<std::string, double> weights;
    double sum = 0;
    for (const std::string& part : SplitList(Get("PROVIDER_WEIGHTS"))) {
      const size_t colon = part.find(':');
      const std::optional<double> weight =
          colon == part.npos ? std::nullopt : NumberOf(std::string_view(part).substr(colon + 1));
      if (!weight || !(*weight >= 0 && *weight <= 1e6)) {
        return Refuse("PROVIDER_WEIGHTS", "must be like mistral:70,openai:30");
      }
      const auto found = FindProvider("PROVIDER_WEIGHTS", part.substr(0, colon));
      if (found == providers_.end()) continue;
      weights[found->name] = *weight;
      sum += *weight;
    }
    if (sum <= 0) return;
    for (Provider& provider : providers_) {
      if (provider.weight) continue;
      const auto own = weights.find(provider.name);
      const double share =
          own == weights.end() ? 1.0 / static_cast<double>(providers_.size()) : own->second / sum;
      if (share < kLeastWeight) {
        Warn("PROVIDER_WEIGHTS",
             base::StrCat("gives ", provider.name, " less than the least share of ", kLeastWeight));
      }
      provider.weight = Take("PROVIDER_WEIGHTS");
      provider.weight->text = base::StrCat(std::max(share, kLeastWeight));
    }
  }

  // With failover the default provider is asked first, else the one with the greatest weight.
  void PutFirst(const std::string& strategy) {
    std::string_view variable = "DEFAULT_LLM_PROVIDER";
    if (Get(variable).empty()) variable = "LLM_DEFAULT_PROVIDER";
    const std::string name = Get(variable);
    auto first = name.empty() ? providers_.end() : FindProvider(variable, name);
    if (strategy != "fallback") return;
    if (first == providers_.end()) {
      first =
          std::max_element(providers_.begin(), providers_.end(),
                           [](const Provider& a, const Provider& b) { return WeightOf(a) < WeightOf(b); });
    }
    std::rotate(providers_.begin(), first, std::next(first));
  }

  void PutTargets(const std::string& strategy) {
    Value value = Take("LLM_ROUTING_STRATEGY").value_or(Default(""));
    value.text = strategy;
    if (providers_.size() == 1) value.text = "single";
    document_.Set("providers.strategy", Scalar(value));
    Node targets = config::ListNode(value.position);
    for (const Provider& provider : providers_) targets.items.push_back(TargetOf(provider));
    document_.Set("providers.targets", std::move(targets));
  }

  Node TargetOf(const Provider& provider) {
    Node target = config::MappingNode(provider.position);
    const Value name{provider.name, provider.position};
    Add(target, "id", name);
    Add(target, "provider", name);
    const bool azure = provider.name == "azure-openai";
    Add(target, "model", azure ? provider.model : Default("passthrough"));
    if (!azure) Add(target, "default_model", provider.model);
    if (!azure && !provider.endpoint && providers_.size() > 1) AddModels(target, provider);
    if (provider.endpoint) {
      Add(target, "base_url",
          Value{BaseUrlOf(provider.name, provider.endpoint->text), provider.endpoint->position});
    }
    AddTimes(target, provider);
    Add(target, "azure_api_version", provider.api_version);
    Add(target, "default_max_tokens", provider.max_tokens);
    if (provider.weight && NumberOf(provider.weight->text) == 0.0) {
      Add(target, "weight", Value{base::StrCat(kLeastWeight), provider.weight->position});
    } else {
      Add(target, "weight", provider.weight);
    }
    Add(target, "description", provider.description);
    Add(target, "api_key", provider.literal_key);
    if (provider.key_variable) {
      Node reference = config::MappingNode(provider.key_variable->position);
      Add(reference, "env", provider.key_variable);
      config::Put(target, "secret_key_ref", std::move(reference));
    }
    return target;
  }

  // So that a model does not go to a provider that does not have it. Who serves at another endpoint may call
  // its models anything.
  void AddModels(Node& target, const Provider& provider) const {
    const ProviderVariables* const row = FindVariables(provider.name);
    if (row == nullptr || row->models.empty()) return;
    Node models = config::ListNode(provider.position);
    for (const std::string_view pattern : row->models)
      models.items.push_back(Scalar(Default(std::string(pattern))));
    if (provider.model) models.items.push_back(Scalar(*provider.model));
    config::Put(target, "models", std::move(models));
  }

  // Streams get half as much time again.
  static void AddTimes(Node& target, const Provider& provider) {
    Add(target, "timeout_seconds", provider.timeout);
    const std::optional<double> seconds = provider.timeout ? NumberOf(provider.timeout->text) : std::nullopt;
    if (!seconds || !(*seconds >= 1 && *seconds <= 3600)) return;
    const int64_t more = static_cast<int64_t>(*seconds) * 3 / 2;
    Add(target, "stream_timeout_seconds", Value{base::StrCat(more), provider.timeout->position});
  }

  const Document* file_;
  const config::Environment& environment_;
  Document& document_;
  config::Issues& issues_;
  int default_source_ = 0;
  std::vector<Provider> providers_;
};

// The document has providers of its own: says which variables and lists it overrules.
void TellWhatIsOverruled(const Document* file, const config::Environment& environment, Document& document,
                         config::Issues& issues) {
  if (file != nullptr && file->root().Find("llm_providers") != nullptr) {
    file->Report(issues, Severity::kError, config::code::kConflict, "llm_providers",
                 file->Locate("llm_providers"), "both files name providers",
                 base::StrCat("the others are at ", document.Place(document.Locate("providers")),
                              "; keep one of the two"));
  }
  const auto tell = [&](std::string_view variable) {
    if (variable.empty() || environment.Get(variable).value_or("").empty()) return;
    TellOfVariable(document, issues, Severity::kNote, config::code::kDoesNotRun, variable,
                   "has no effect: the configuration has providers of its own");
  };
  for (const std::string_view variable : kRoutingVariables) tell(variable);
  for (const ProviderVariables& row : KnownProviders()) {
    for (const std::string_view variable : {row.model, row.endpoint, row.timeout}) tell(variable);
  }
}

std::string ValueOf(const Node& node, const std::string& path) {
  if (path.ends_with(".api_key")) return std::string(config::kMaskedSecret);
  if (!node.is_sequence()) return node.scalar;
  std::string list;
  for (const Node& item : node.items) list += (list.empty() ? "" : ", ") + item.scalar;
  return list;
}

void Collect(const Document& document, const Node& node, const std::string& path,
             std::vector<Origin>& origins) {
  const bool values =
      node.is_scalar() || (node.is_sequence() && !node.items.empty() && node.items[0].is_scalar());
  if (values && node.position.source != 0) {
    origins.push_back({path, ValueOf(node, path), document.Place(node.position)});
  }
  if (values) return;
  for (size_t i = 0; i < node.items.size(); ++i) {
    Collect(document, node.items[i], base::StrCat(path, "[", i, "]"), origins);
  }
  for (const config::Entry& entry : node.entries) {
    Collect(document, entry.value, base::StrCat(path, ".", entry.key), origins);
  }
}

}  // namespace

void Translate(const Document* file, const config::Environment& environment, Base base, Document& document,
               config::Issues& issues) {
  if (document.Find("providers") != nullptr) {
    TellWhatIsOverruled(file, environment, document, issues);
  } else {
    Translator(file, environment, document, issues).PutProviders();
  }
  AddActions(environment, base, document, issues);
}

std::vector<Origin> Origins(const Document& document) {
  std::vector<Origin> origins;
  for (const char* path :
       {"providers.strategy", "providers.targets", "policies.chain", "policy.pii-detector.action",
        "policy.sql-injection.action", "policy.secrets.action", "gateway.axonflow.deployment_mode"}) {
    if (const Node* node = document.Find(path)) Collect(document, *node, path, origins);
  }
  return origins;
}

}  // namespace portcullis::app::axonflow
