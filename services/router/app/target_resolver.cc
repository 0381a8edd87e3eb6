#include "services/router/app/target_resolver.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "libs/base/glob.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "libs/config/redact.h"
#include "libs/config/secret_variable.h"
#include "libs/config/suggest.h"
#include "services/router/app/provider_table.h"
#include "services/router/app/routing_resolver.h"

namespace portcullis::router {
namespace {

using config::Quote;
using config::Severity;
namespace code = config::code;

constexpr std::string_view kPassthrough = "passthrough";
constexpr std::string_view kAzureStreamUsage = "2024-09-01";  // the first version that takes stream_options

// Completes one target.
class TargetResolver {
 public:
  TargetResolver(const config::Document& document, const config::Environment& environment, std::string path,
                 TargetSettings& target, config::Issues& issues)
      : document_(document),
        environment_(environment),
        path_(std::move(path)),
        target_(target),
        issues_(issues) {}

  void Resolve() {
    if (target_.provider.empty()) return;  // reported: the key is required
    SplitShorthand();
    info_ = FindProvider(target_.provider);
    ResolveModel();
    ResolveProvider();
    ResolveKey();
    target_.stream_timeout = target_.own_stream_timeout.value_or(target_.timeout);
    target_.own_stream_timeout = target_.stream_timeout;
    ResolveDialect();
    CheckSense();
  }

 private:
  void Report(Severity severity, const char* code, const char* key, std::string message,
              std::string suggestion = "") {
    const std::string path = *key == '\0' ? path_ : base::StrCat(path_, ".", key);
    document_.Report(issues_, severity, code, path, document_.LocateValue(path), std::move(message),
                     std::move(suggestion));
  }

  std::string Name() const { return target_.id.empty() ? path_ : base::StrCat("target ", Quote(target_.id)); }

  // "mistral:chat:mistral-large-latest"; the model may hold colons ("llama3:8b").
  void SplitShorthand() {
    const std::string whole = target_.provider;
    const size_t first = whole.find(':');
    if (first == whole.npos) return;
    const size_t second = whole.find(':', first + 1);
    target_.provider = whole.substr(0, first);
    const std::string rest = second == whole.npos ? whole.substr(first + 1) : whole.substr(second + 1);
    const std::string kind = second == whole.npos ? "" : whole.substr(first + 1, second - first - 1);
    if (kind != "chat" || rest.empty() || target_.provider.empty()) {
      Report(Severity::kError, code::kNotAllowed, "provider",
             base::StrCat(path_, ".provider must be a provider or provider:chat:model, not ", Quote(whole)),
             base::StrCat("write ", target_.provider.empty() ? "mistral" : target_.provider,
                          ":chat:", rest.empty() || !(kind.empty() || kind == "chat") ? "<model>" : rest));
      return;
    }
    if (!target_.model.empty() && target_.model != rest) {
      Report(
          Severity::kError, code::kConflict, "model",
          base::StrCat(Name(), " names two models: ", Quote(rest), " in provider and ", Quote(target_.model)),
          "keep one of the two");
      return;
    }
    target_.model = rest;
  }

  void ResolveModel() {
    if (target_.model.empty()) {
      Report(Severity::kError, code::kMissing, "", base::StrCat(Name(), " lacks the key \"model\""),
             "write model: <name>, or name it in provider: <provider>:chat:<model>");
    }
    target_.passthrough_model = target_.model == kPassthrough;
    if (!target_.default_model.empty() && !target_.passthrough_model) {
      Report(Severity::kError, code::kConflict, "default_model",
             base::StrCat(Name(), " has a default_model besides its model, which every request gets"),
             "write model: passthrough, or leave default_model out");
    }
    if (!target_.models.empty() && !target_.passthrough_model) {
      Report(Severity::kError, code::kConflict, "models",
             base::StrCat(Name(), " has models besides its model, which every request gets"),
             "write model: passthrough, or leave models out");
    }
    if (!target_.default_model.empty() && !base::AnyGlobMatches(target_.models, target_.default_model)) {
      Report(Severity::kError, code::kConflict, "default_model",
             base::StrCat(Name(), " does not take its own default_model ", Quote(target_.default_model)),
             "add it to models");
    }
  }

  void ResolveProvider() {
    ResolveType();
    const bool known = info_ != nullptr && !info_->base_url.empty();
    if (IsForeignProvider(target_.provider) && type_assumed_) {
      Report(
          Severity::kError, code::kNotSupported, "provider",
          base::StrCat("the provider ", Quote(target_.provider),
                       " is known, but its wire format is not supported yet"),
          "use one that speaks the OpenAI format, or a proxy which does, under another name with base_url");
      return;
    }
    if (target_.base_url.empty() && !known && target_.provider_type == "azure") {
      Report(Severity::kError, code::kMissing, "", base::StrCat(Name(), " lacks the key \"base_url\""),
             "write base_url: https://<resource>.openai.azure.com");
      return;
    }
    if (target_.base_url.empty() && !known) {
      const std::string near = config::Nearest(target_.provider, ProviderNames());
      Report(Severity::kError, code::kNotAllowed, "provider",
             base::StrCat("unknown provider ", Quote(target_.provider)),
             near.empty() ? "add base_url for a provider that speaks the OpenAI format"
                          : base::StrCat("did you mean ", Quote(near), "? Another provider needs base_url"));
      return;
    }
    target_.base_url =
        target_.base_url.empty() ? std::string(info_->base_url) : NormalizeBaseUrl(target_.base_url);
    CheckBaseUrl();
  }

  void ResolveType() {
    type_assumed_ = target_.provider_type.empty() && target_.format != "anthropic";
    if (target_.format == "anthropic" && target_.provider_type.empty()) target_.provider_type = "anthropic";
    if (target_.provider_type.empty()) target_.provider_type = info_ ? info_->dialect : "openai_compatible";
    if (target_.provider_type == "anthropic") {
      target_.format = "anthropic";
    } else if (target_.format == "anthropic") {
      Report(Severity::kError, code::kConflict, "format",
             base::StrCat(Name(), " has format: anthropic and provider_type: ", target_.provider_type),
             "keep one of the two");
    }
  }

  bool IsGiven(const char* key) const { return document_.Find(base::StrCat(path_, ".", key)) != nullptr; }

  void ResolveDialect() {
    DialectOptions& dialect = target_.dialect;
    const std::string& type = target_.provider_type;
    if (type == "mistral") dialect.dialect = Dialect::kMistral;
    if (type == "azure") ResolveAzure();
    if (type == "anthropic") {
      dialect.dialect = Dialect::kAnthropic;
      UseKeyHeader("x-api-key");
    }
    dialect.on_unsupported = target_.on_unsupported;
    dialect.default_max_tokens = target_.default_max_tokens;
    const bool takes = info_ == nullptr || info_->stream_usage;
    // Older versions of Azure's API refuse the field.
    const bool old = type == "azure" && target_.azure_api_version < kAzureStreamUsage;
    dialect.ask_usage = target_.stream_usage.value_or(takes && !old);
    target_.stream_usage = dialect.ask_usage;
    for (const char* key : {"azure_api_version", "azure_deployment"}) {
      if (type == "azure" || !IsGiven(key)) continue;
      Report(Severity::kWarning, code::kDoesNotRun, key,
             base::StrCat(Name(), " is not at Azure: ", key, " does nothing"),
             "write provider: azure, or remove it");
    }
  }

  // Both of Azure and Anthropic carry the key alone in a header of their own.
  void UseKeyHeader(const char* header) {
    if (!IsGiven("api_key_header")) target_.api_key_header = header;
    if (!IsGiven("api_key_prefix") && target_.api_key_header == header) target_.api_key_prefix.clear();
  }

  void ResolveAzure() {
    target_.dialect.dialect = Dialect::kAzure;
    UseKeyHeader("api-key");
    std::string& url = target_.base_url;
    if (url.ends_with("/openai")) url.resize(url.size() - 7);
    if (url.find("/openai/") != url.npos) {
      Report(Severity::kError, code::kNotAllowed, "base_url",
             base::StrCat(path_, ".base_url must be the resource alone"),
             base::StrCat("write ", url.substr(0, url.find("/openai/"))));
    }
    if (!target_.azure_deployment.empty()) return;
    if (target_.passthrough_model) {
      Report(Severity::kError, code::kMissing, "",
             base::StrCat(Name(), " lacks the key \"azure_deployment\""),
             "at Azure the deployment is the model: name it");
    }
    target_.azure_deployment = target_.model;
  }

  void CheckBaseUrl() {
    static constexpr std::string_view kEndpoint = "/chat/completions";
    const std::string& url = target_.base_url;
    if (url.size() > kEndpoint.size() &&
        url.compare(url.size() - kEndpoint.size(), kEndpoint.size(), kEndpoint) == 0) {
      Report(Severity::kError, code::kNotAllowed, "base_url",
             base::StrCat(path_, ".base_url must be the root of the API, not one of its endpoints"),
             base::StrCat("write ", url.substr(0, url.size() - kEndpoint.size())));
    } else if (url.find('/', url.find("://") + 3) == url.npos) {
      if ((info_ != nullptr && info_->base_url == url) || target_.provider_type == "azure") return;
      Report(Severity::kNote, code::kSuspicious, "base_url",
             base::StrCat(path_, ".base_url has no path; most providers serve their API under /v1"),
             base::StrCat("if this one does, write ", url, "/v1"));
    }
  }

  void ResolveKey() {
    if (!target_.own_keys.empty()) return ResolveKeys();
    const auto& ref = target_.secret_key_ref;
    const bool literal = !target_.literal_key.empty();
    if (ref && literal) {
      Report(Severity::kError, code::kConflict, "api_key",
             base::StrCat(Name(), " has both api_key and secret_key_ref"), "keep secret_key_ref");
      return;
    }
    if (literal) {
      target_.api_key = target_.literal_key.Reveal();
      target_.api_key_source = "api_key in the configuration";
      Report(Severity::kWarning, code::kLiteralSecret, "api_key",
             base::StrCat(Name(), " has its API key in the file"),
             "put the key into an environment variable and name it: secret_key_ref: {env: NAME}");
      return;
    }
    if (ref && !ref->env) {
      const bool reported = document_.Find(path_ + ".secret_key_ref.store") != nullptr ||
                            document_.Find(path_ + ".secret_key_ref.env") != nullptr;
      if (!reported) {
        Report(Severity::kError, code::kMissing, "secret_key_ref",
               base::StrCat(path_, ".secret_key_ref lacks the key \"env\""),
               "write secret_key_ref: {env: NAME}");
      }
      return;
    }
    FetchKey(ref ? *ref->env : std::string(info_ ? info_->key_variable : ""));
  }

  void FetchKey(const std::string& variable) {
    if (variable.empty()) {
      target_.api_key_required = false;
      return;
    }
    const bool explicitly = target_.secret_key_ref.has_value();
    if (!explicitly) target_.secret_key_ref = SecretKeyRef{variable, std::nullopt};
    TargetKey key = ReadVariable(variable, explicitly ? "secret_key_ref.env" : "", "");
    target_.api_key = std::move(key.value);
    target_.api_key_source = std::move(key.source);
  }

  // The key that an environment variable holds. None is reported at `place`; `which` says which of several.
  TargetKey ReadVariable(const std::string& variable, const char* place, std::string_view which) {
    config::SecretVariable secret = config::ReadSecret(environment_, variable);
    if (!secret.problem.empty()) {
      const char* const what = which.empty() ? " is not available: " : " is left out: ";
      Report(Severity::kWarning, code::kMissingKey, place, base::StrCat(which, Name(), what, secret.problem),
             std::move(secret.remedy));
    }
    TargetKey key;
    key.source = std::move(secret.place);
    key.value = std::move(secret.value);
    return key;
  }

  void ResolveKeys() {
    if (target_.secret_key_ref || !target_.literal_key.empty()) {
      Report(Severity::kError, code::kConflict, "keys",
             base::StrCat(Name(), " has both keys and a single key"), "keep keys");
      return;
    }
    for (size_t i = 0; i < target_.own_keys.size(); ++i) {
      const KeySettings& own = target_.own_keys[i];
      const std::string place = base::StrCat("keys[", i, "].secret_key_ref");
      if (!own.secret_key_ref) continue;  // reported: the key is required
      if (!own.secret_key_ref->env) {
        Report(Severity::kError, code::kMissing, place.c_str(),
               base::StrCat(path_, ".", place, " lacks the key \"env\""),
               "write secret_key_ref: {env: NAME}");
        continue;
      }
      TargetKey key =
          ReadVariable(*own.secret_key_ref->env, place.c_str(), base::StrCat("key ", i + 1, " of "));
      key.weight = own.weight;
      if (!key.value.empty()) target_.keys.push_back(std::move(key));
    }
    target_.api_key_source = "keys";
    if (target_.keys.empty()) {
      Report(Severity::kWarning, code::kMissingKey, "keys",
             base::StrCat(Name(), " is not available: none of its keys is set"));
    }
  }

  void CheckSense() {
    if (target_.stream_timeout < target_.timeout) {
      Report(Severity::kWarning, code::kSuspicious, "stream_timeout_seconds",
             base::StrCat(Name(), " allows streams less time than whole answers"),
             "streams last longer: two to three times timeout_seconds");
    }
    const config::Node* probe = document_.Find(path_ + ".health_probe");
    if (probe != nullptr && probe->is_mapping() && probe->Find("enabled") == nullptr) {
      Report(Severity::kWarning, code::kDoesNotRun, "health_probe",
             base::StrCat("the health probe of ", Name(), " is not enabled"), "add enabled: true");
    }
    CheckProbe();
    if (target_.first_byte_timeout && *target_.first_byte_timeout > target_.stream_timeout) {
      Report(Severity::kWarning, code::kSuspicious, "first_byte_timeout_seconds",
             base::StrCat(Name(), " allows its first byte more time than its whole answer"),
             "make first_byte_timeout_seconds the smaller one");
    }
    if (target_.idle_timeout && *target_.idle_timeout > target_.stream_timeout) {
      Report(Severity::kWarning, code::kSuspicious, "idle_timeout_seconds",
             base::StrCat(Name(), " allows a silence that is longer than its whole stream"),
             "make idle_timeout_seconds the smaller one");
    }
    if (target_.health_probe.enabled && target_.health_probe.timeout > target_.health_probe.interval) {
      Report(Severity::kWarning, code::kSuspicious, "health_probe",
             base::StrCat("the health probe of ", Name(), " may take longer than its interval"),
             "make timeout_seconds the smaller one");
    }
  }

  void CheckProbe() {
    const HealthProbeOptions& probe = target_.health_probe;
    const bool has_path = !probe.path.empty() && probe.path[0] == '/';
    if (probe.kind == ProbeKind::kPath && !has_path) {
      Report(Severity::kError, code::kMissing, "health_probe",
             base::StrCat("the health probe of ", Name(), " needs a path that begins with /"),
             "add path: /healthz, or what the provider has");
    } else if (probe.kind != ProbeKind::kPath && !probe.path.empty()) {
      Report(Severity::kWarning, code::kDoesNotRun, "health_probe.path",
             base::StrCat("the health probe of ", Name(), " does not ask its path"), "add kind: path");
    }
    if (probe.kind == ProbeKind::kCompletion && target_.ModelFor("").empty()) {
      Report(Severity::kError, code::kConflict, "health_probe",
             base::StrCat("the health probe of ", Name(), " cannot ask for a completion without a model"),
             "use kind: models, or give the target a model");
    }
  }

  const config::Document& document_;
  const config::Environment& environment_;
  const std::string path_;
  TargetSettings& target_;
  config::Issues& issues_;
  const ProviderInfo* info_ = nullptr;
  bool type_assumed_ = false;  // nobody said which dialect the provider speaks
};

void CheckIds(const config::Document& document, const RouterSettings& settings, config::Issues& issues) {
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < settings.targets.size(); ++i) {
    const std::string& id = settings.targets[i].id;
    auto [first, is_new] = seen.emplace(id, i);
    if (id.empty() || is_new) continue;
    const std::string path = base::StrCat("providers.targets[", i, "].id");
    const auto place = document.LocateValue(base::StrCat("providers.targets[", first->second, "].id"));
    document.Report(issues, Severity::kError, code::kConflict, path, document.LocateValue(path),
                    base::StrCat("the target id ", Quote(id), " is taken"),
                    base::StrCat("the first is at ", document.Place(place), "; give each target its own id"));
  }
}

void ResolveSharedState(const config::Document& document, const config::Environment& environment,
                        const RouterSettings& settings, SharedStateOptions& shared, config::Issues& issues) {
  const std::string path = "providers.shared_state";
  const auto report = [&](Severity severity, const char* code, const std::string& at, std::string message,
                          std::string suggestion) {
    document.Report(issues, severity, code, at, document.LocateValue(at), std::move(message),
                    std::move(suggestion));
  };
  if (shared.redis.empty()) {
    if (document.Find(path) == nullptr) return;
    report(Severity::kWarning, code::kDoesNotRun, path,
           "providers.shared_state has no redis: nothing is shared", "add redis: host:port, or remove it");
    return;
  }
  if (!settings.shared_state_password) return;
  config::SecretVariable password =
      config::ReadSecret(environment, settings.shared_state_password->env.value_or(""));
  shared.password = std::move(password.value);
  if (password.problem.empty()) return;
  report(Severity::kWarning, code::kMissingKey, path + ".secret_key_ref",
         base::StrCat("Redis is asked without a password: ", password.problem), std::move(password.remedy));
}

}  // namespace

RouterOptions ResolveRouter(const config::Document& document, const config::Environment& environment,
                            RouterSettings& settings, config::Issues& issues) {
  for (size_t i = 0; i < settings.targets.size(); ++i) {
    TargetResolver(document, environment, base::StrCat("providers.targets[", i, "]"), settings.targets[i],
                   issues)
        .Resolve();
  }
  CheckIds(document, settings, issues);
  if (settings.options.retry.max_backoff < settings.options.retry.initial_backoff) {
    document.Report(issues, Severity::kError, code::kConflict, "providers.retry.max_backoff_ms",
                    document.LocateValue("providers.retry.max_backoff_ms"),
                    "providers.retry.max_backoff_ms must not be less than initial_backoff_ms");
  }
  RouterOptions options = settings.options;
  for (const TargetSettings& target : settings.targets) {
    options.targets.push_back(target);
    const std::optional<double> limit = target.max_cost_usd ? target.max_cost_usd : settings.max_cost_usd;
    if (limit) options.targets.back().max_cost_nano_usd = static_cast<uint64_t>(std::llround(*limit * 1e9));
  }
  ResolveSharedState(document, environment, settings, options.shared_state, issues);
  ResolveRouting(document, settings, options, issues);
  std::stable_sort(options.targets.begin(), options.targets.end(),
                   [](const TargetOptions& a, const TargetOptions& b) { return a.priority < b.priority; });
  return options;
}

}  // namespace portcullis::router
