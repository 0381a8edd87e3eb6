#include "apps/portcullis/migrate/litellm_targets.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "services/router/app/provider_table.h"

namespace portcullis::app {
namespace {

using config::ListNode;
using config::MappingNode;
using config::Node;
using config::Put;
using config::TextNode;

constexpr std::string_view kEnvironPrefix = "os.environ/";
constexpr double kMillion = 1e6;

struct Name {
  std::string provider;
  std::string model;
};

// "mistral/mistral-small-latest" -> mistral, mistral-small-latest. Without a prefix LiteLLM knows the makers
// of some models.
Name SplitModel(const std::string& text) {
  static const std::map<std::string, std::string, std::less<>> kNames = {
      {"azure", "azure-openai"}, {"ollama_chat", "ollama"},           {"hosted_vllm", "vllm"},
      {"nvidia_nim", "nvidia"},  {"together_ai", "together"},         {"fireworks_ai", "fireworks"},
      {"lm_studio", "lmstudio"}, {"text-completion-openai", "openai"}};
  const size_t slash = text.find('/');
  if (slash == text.npos) {
    if (text.starts_with("claude")) return {"anthropic", text};
    return {text.starts_with("mistral") || text.starts_with("codestral") ? "mistral" : "openai", text};
  }
  std::string provider = text.substr(0, slash);
  if (const auto found = kNames.find(provider); found != kNames.end()) provider = found->second;
  return {std::move(provider), text.substr(slash + 1)};
}

std::string Identifier(std::string text) {
  for (char& c : text) {
    const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("._:/-").find(c) != std::string_view::npos;
    if (!fits) c = '-';
  }
  if (!text.empty() && std::string_view("._:/-").find(text[0]) != std::string_view::npos) text[0] = 'm';
  return text.substr(0, 100);
}

// "os.environ/NAME" becomes a reference; other keys are carried over as they are.
void PutKey(const Node& parameters, Node& target) {
  const std::optional<std::string> key = TextOf(parameters, "api_key");
  if (!key) return;
  if (!key->starts_with(kEnvironPrefix)) return Put(target, "api_key", *parameters.Find("api_key"));
  Node reference = MappingNode();
  Put(reference, "env", TextNode(key->substr(kEnvironPrefix.size())));
  Put(target, "secret_key_ref", std::move(reference));
}

std::optional<double> NumberAt(const Node& mapping, const char* key) {
  const std::string text = TextOf(mapping, key).value_or("");
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || parsed.ec != std::errc()) return std::nullopt;
  return number;
}

// Prices per token become prices per million.
void PutPricing(const Node& from, Node& target) {
  const std::optional<double> input = NumberAt(from, "input_cost_per_token");
  const std::optional<double> output = NumberAt(from, "output_cost_per_token");
  if (!input || !output) return;
  Node pricing = MappingNode();
  Put(pricing, "prompt", TextNode(base::StrCat(*input * kMillion)));
  Put(pricing, "completion", TextNode(base::StrCat(*output * kMillion)));
  Put(target, "pricing", std::move(pricing));
}

class ModelReader {
 public:
  explicit ModelReader(Remarks& remarks) : remarks_(remarks) {}

  LiteLlmTargets Read(const Node& list) {
    result_.targets = ListNode(list.position);
    for (const Node& item : list.items) ReadModel(item);
    return std::move(result_);
  }

 private:
  void ReadModel(const Node& item) {
    const std::string group = TextOf(item, "model_name").value_or("");
    const Node* parameters = item.Find("litellm_params");
    const std::optional<std::string> model = parameters ? TextOf(*parameters, "model") : std::nullopt;
    const std::string what = base::StrCat("model_list: ", group);
    if (group.empty() || !model) {
      return remarks_.NotCarried(item.position, what, "it has no model_name or no litellm_params.model");
    }
    const Name name = SplitModel(*model);
    const bool known = router::FindProvider(name.provider) != nullptr;
    if (!known && TextOf(*parameters, "api_base").value_or("").empty()) {
      return remarks_.NotCarried(item.position, what,
                                 base::StrCat("the provider ", name.provider,
                                              " is not known; with a server that "
                                              "speaks OpenAI's format, write base_url"));
    }
    Node target = MappingNode(item.position);
    const std::string id = Unique(Identifier(base::StrCat(name.provider, "-", name.model)));
    Put(target, "id", TextNode(id));
    Put(target, "provider", TextNode(name.provider));
    const bool wildcard = name.model == "*";
    Put(target, "model", TextNode(wildcard ? "passthrough" : name.model));
    PutParameters(*parameters, what, target);
    PutPricing(*parameters, target);
    if (const Node* info = item.Find("model_info")) PutInfo(*info, what, target);
    result_.targets.items.push_back(std::move(target));
    if (wildcard) return;
    if (result_.ids.count(group) == 0) result_.names.push_back(group);
    result_.ids[group].push_back(id);
  }

  std::string Unique(const std::string& wanted) {
    std::string id = wanted;
    for (int i = 2; !taken_.insert(id).second; ++i) id = base::StrCat(wanted, "-", i);
    return id;
  }

  void PutParameters(const Node& parameters, const std::string& what, Node& target) {
    static const std::map<std::string, std::string, std::less<>> kSame = {
        {"api_base", "base_url"},
        {"timeout", "timeout_seconds"},
        {"stream_timeout", "stream_timeout_seconds"},
        {"api_version", "azure_api_version"},
        {"max_tokens", "default_max_tokens"},
        {"weight", "weight"}};
    PutKey(parameters, target);
    for (const config::Entry& entry : parameters.entries) {
      if (entry.key == "model" || entry.key == "api_key" || entry.key.ends_with("_cost_per_token")) continue;
      const auto same = kSame.find(entry.key);
      const bool usable = entry.value.is_scalar() && !entry.value.scalar.starts_with(kEnvironPrefix);
      if (same == kSame.end() || !usable) {
        remarks_.NotCarried(entry.position, base::StrCat(what, ": ", entry.key), Why(entry));
        continue;
      }
      result_.has_weights |= entry.key == "weight";
      Put(target, same->second, entry.value);
    }
  }

  static std::string_view Why(const config::Entry& entry) {
    if (entry.value.scalar.starts_with(kEnvironPrefix))
      return "only keys are read from the environment: write its value";
    if (entry.key == "rpm" || entry.key == "tpm") return "there are no rate limits for targets";
    return "there is no such setting";
  }

  void PutInfo(const Node& info, const std::string& what, Node& target) {
    PutPricing(info, target);
    for (const config::Entry& entry : info.entries) {
      if (entry.key.ends_with("_cost_per_token") || entry.key == "mode" || entry.key == "id") continue;
      if (entry.key == "max_input_tokens" || entry.key == "max_tokens") {
        Put(target, "max_context_tokens", entry.value);
      } else {
        remarks_.NotCarried(entry.position, base::StrCat(what, ": model_info.", entry.key),
                            "there is no such setting");
      }
    }
  }

  Remarks& remarks_;
  LiteLlmTargets result_;
  std::set<std::string> taken_;
};

}  // namespace

LiteLlmTargets ReadModelList(const Node& model_list, Remarks& remarks) {
  return ModelReader(remarks).Read(model_list);
}

}  // namespace portcullis::app
