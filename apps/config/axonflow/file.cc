#include "apps/config/axonflow/file.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "apps/config/axonflow/interpolation.h"
#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/reader.h"
#include "libs/config/schema.h"
#include "services/router/app/provider_table.h"

namespace portcullis::app::axonflow {
namespace {

using config::Document;
using config::Schema;
using config::Severity;

// These are read for their types; values are taken with their places.
struct ConfigPart {
  std::string model, endpoint, region, deployment_name, api_version;
  int64_t timeout_seconds = 120;
  int64_t max_tokens = 4096;
  double temperature = 0;
};

struct CredentialsPart {
  config::Secret api_key, access_key_id, secret_access_key;
};

struct ProviderPart {
  bool enabled = false;
  std::string display_name;
  ConfigPart config;
  CredentialsPart credentials;
  int64_t priority = 5;
  double weight = 1;
};

struct FilePart {
  std::string version;
  std::map<std::string, ProviderPart> providers;
};

Schema<ConfigPart> ConfigSchema() {
  using C = ConfigPart;
  Schema<C> schema;
  schema.String("model", &C::model, {})
      .String("endpoint", &C::endpoint, {})
      .String("region", &C::region, {})
      .String("deployment_name", &C::deployment_name, {})
      .String("api_version", &C::api_version, {})
      .Integer("timeout_seconds", &C::timeout_seconds, {.unit = "seconds", .min = 1, .max = 3600})
      .Integer("max_tokens", &C::max_tokens, {.unit = "tokens", .min = 1, .max = 1'000'000})
      .Number("temperature", &C::temperature, {.min = 0, .max = 2});
  return schema;
}

Schema<ProviderPart> ProviderSchema() {
  using C = CredentialsPart;
  using P = ProviderPart;
  Schema<C> credentials;
  credentials.SecretText("api_key", &C::api_key, {})
      .SecretText("access_key_id", &C::access_key_id, {})
      .SecretText("secret_access_key", &C::secret_access_key, {});
  Schema<P> schema;
  schema.Bool("enabled", &P::enabled, {})
      .String("display_name", &P::display_name, {})
      .Section("config", &P::config, ConfigSchema())
      .Section("credentials", &P::credentials, credentials)
      .Integer("priority", &P::priority, {.min = -1'000'000, .max = 1'000'000})
      .Number("weight", &P::weight, {.min = 0, .max = 1'000'000});
  return schema;
}

// The providers that a file may name: AxonFlow's and those of our table.
std::vector<std::string> Names() {
  std::vector<std::string> names = {"mistral", "openai",       "anthropic",    "gemini", "google",
                                    "azure",   "azure-openai", "azure_openai", "ollama", "bedrock"};
  for (std::string& name : router::ProviderNames()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

Schema<FilePart> FileSchema() {
  Schema<FilePart> providers;
  const auto inner = ProviderSchema();
  for (const std::string& name : Names()) {
    config::Setting& setting = providers.tree()->settings.emplace_back();
    setting.key = name;
    setting.type = config::Type::kSection;
    setting.children = inner.tree();
    setting.open = [name](void* file) -> void* { return &static_cast<FilePart*>(file)->providers[name]; };
  }
  providers.tree()->noun = "provider";
  Schema<FilePart> schema;
  schema.String("version", &FilePart::version, {.required = true, .example = "version: \"1.0\""})
      .Group("llm_providers", providers);
  return schema;
}

// Reads the providers of a document whose variables are replaced.
class FileReader {
 public:
  FileReader(const Document& file, int source, config::Issues& issues)
      : file_(file), source_(source), issues_(issues) {}

  // Null when the file does not switch it on.
  std::optional<Provider> Read(const config::Entry& entry,
                               const std::map<std::string, Value>& key_variables) {
    path_ = base::StrCat("llm_providers.", entry.key);
    position_ = entry.position;
    const config::Node* enabled = entry.value.Find("enabled");
    if (enabled == nullptr) {
      Tell(Severity::kWarning, config::code::kDoesNotRun, path_,
           base::StrCat("the provider ", entry.key, " is left out: it has no `enabled: true`"));
    }
    if (enabled == nullptr || enabled->scalar != "true") return std::nullopt;
    if (entry.key == "bedrock") {
      Tell(Severity::kWarning, config::code::kDoesNotRun, path_,
           "the provider bedrock is left out: its wire format is not spoken here");
      return std::nullopt;
    }
    Provider provider;
    provider.name = CanonicalName(entry.key);
    provider.position = Shifted(entry.position);
    Fill(provider);
    const auto variable = key_variables.find(entry.key);
    if (variable != key_variables.end()) {
      provider.key_variable = Value{variable->second.text, Shifted(variable->second.position)};
    }
    TellWhatIsLost();
    return provider;
  }

 private:
  void Fill(Provider& provider) {
    provider.model = Take(provider.name == "azure-openai" ? "config.deployment_name" : "config.model");
    if (!provider.model) provider.model = Take("config.model");
    provider.endpoint = Take("config.endpoint");
    provider.timeout = Take("config.timeout_seconds");
    provider.api_version = Take("config.api_version");
    provider.max_tokens = Take("config.max_tokens");
    provider.weight = Take("weight");
    provider.description = Take("display_name");
    provider.literal_key = Take("credentials.api_key");
  }

  void TellWhatIsLost() {
    for (const char* key : {"priority", "config.temperature", "config.region", "credentials.access_key_id",
                            "credentials.secret_access_key"}) {
      const std::string path = base::StrCat(path_, ".", key);
      if (file_.Find(path) == nullptr) continue;
      Tell(Severity::kNote, config::code::kNotBuilt, path, base::StrCat(path, " has no effect here"));
    }
  }

  void Tell(Severity severity, const char* code, const std::string& path, std::string message) {
    file_.Report(issues_, severity, code, path, file_.Locate(path), std::move(message));
  }

  std::optional<Value> Take(const char* key) const {
    const config::Node* node = file_.Find(base::StrCat(path_, ".", key));
    if (node == nullptr || !node->is_scalar()) return std::nullopt;
    return Value{node->scalar, Shifted(node->position)};
  }

  config::Position Shifted(config::Position position) const {
    position.source = source_;
    return position;
  }

  const Document& file_;
  const int source_;
  config::Issues& issues_;
  std::string path_;
  config::Position position_;
};

// Takes out each key that is a reference to a variable and nothing else: the configuration names the
// variable, and the key itself never enters it.
std::map<std::string, Value> TakeKeyVariables(const config::Environment& environment, config::Node& root) {
  std::map<std::string, Value> variables;
  for (config::Entry& entry : root.entries) {
    if (entry.key != "llm_providers") continue;
    for (config::Entry& provider : entry.value.entries) {
      const auto credentials = std::find_if(provider.value.entries.begin(), provider.value.entries.end(),
                                            [](const config::Entry& e) { return e.key == "credentials"; });
      if (credentials == provider.value.entries.end()) continue;
      std::erase_if(credentials->value.entries, [&](const config::Entry& e) {
        const std::string name = e.key == "api_key" ? OnlyVariable(e.value.scalar, environment) : "";
        if (!name.empty()) variables[provider.key] = Value{name, e.value.position};
        return !name.empty();
      });
    }
  }
  return variables;
}

// `connectors` are AxonFlow's own; their inside is not looked at.
void DropConnectors(const Document& file, config::Node& root, config::Issues& issues) {
  std::erase_if(root.entries, [&](const config::Entry& entry) {
    if (entry.key != "connectors") return false;
    file.Report(issues, Severity::kWarning, config::code::kDoesNotRun, "connectors", entry.position,
                "connectors have no effect here");
    return true;
  });
}

}  // namespace

bool IsAxonFlow(const config::Node& root) {
  if (root.Find("pack") != nullptr) return false;
  return root.Find("llm_providers") != nullptr ||
         (root.Find("version") != nullptr && root.Find("connectors") != nullptr);
}

std::vector<Provider> ReadProviders(Document file, int source, const config::Environment& environment,
                                    config::Issues& issues) {
  config::Node root = file.root();
  DropConnectors(file, root, issues);
  const std::map<std::string, Value> key_variables = TakeKeyVariables(environment, root);
  Interpolate(file, environment, root, issues);
  file.Set("", std::move(root));
  FilePart part;
  config::ReadInto(file, FileSchema(), {}, part, issues);
  std::vector<Provider> providers;
  const config::Node* listed = file.Find("llm_providers");
  if (listed == nullptr || !issues.ok()) return providers;
  FileReader reader(file, source, issues);
  for (const config::Entry& entry : listed->entries) {
    if (auto provider = reader.Read(entry, key_variables)) providers.push_back(*std::move(provider));
  }
  return providers;
}

}  // namespace portcullis::app::axonflow
