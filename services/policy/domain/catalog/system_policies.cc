#include "services/policy/domain/catalog/system_policies.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/strings.h"
#include "services/policy/domain/injection/injection_rules.h"
#include "services/policy/domain/pii/pii_policy.h"
#include "services/policy/domain/safety/taxonomy.h"
#include "services/policy/domain/secrets/secret_rules.h"
#include "services/policy/domain/sql/sql_rules.h"

namespace portcullis::policy {
namespace {

std::string_view ActionWord(OnDetect action, const PolicyControl& control) {
  if (control.mode == PolicyMode::kObserve) return "log";
  switch (action) {
    case OnDetect::kBlock:
      return "block";
    case OnDetect::kEscalate:
      return "require_approval";
    case OnDetect::kRedact:
      return "redact";
    case OnDetect::kAllow:
      return "log";
  }
  return "block";
}

std::string_view PiiCategory(const EntityInfo& info) {
  if (info.pack == "us") return "pii-us";
  if (info.pack == "in") return "pii-india";
  return InPack(info, "eu") && !InPack(info, "us") ? "pii-eu" : "pii-global";
}

bool IsOn(const std::map<std::string, bool>& switches, std::string_view name) {
  const auto found = switches.find(std::string(name));
  return found == switches.end() || found->second;
}

class Lister {
 public:
  Lister(const ChainOptions& options, int64_t since_us) : options_(options), since_us_(since_us) {}

  std::vector<CatalogPolicy> Run() {
    for (const std::string& kind : options_.chain) Add(kind);
    return std::move(policies_);
  }

 private:
  void Add(std::string_view kind) {
    if (kind == "prompt-injection") return AddInjection();
    if (kind == "pii-detector") return AddPii();
    if (kind == "secrets") return AddSecrets();
    if (kind == "safety-filter") return AddSafety();
    if (kind == "sql-injection") return AddSql();
    if (kind == "dlp-filter") return AddDlp();
    if (kind == kExternalModeration) {
      const ExternalModerationOptions& own = options_.external_moderation;
      return AddDynamic(kind, "dynamic-compliance", ActionWord(own.action, own.control),
                        "a moderation service judges requests and answers");
    }
    if (kind == kQualityScorerKind) {
      const QualityScorerOptions& own = options_.quality_scorer;
      return AddDynamic(kind, "dynamic-risk", ActionWord(LastActionOf(own), own.control),
                        "answers are scored");
    }
    if (kind == kCostLimitKind) AddDynamic(kind, "dynamic-cost", "block", "what a request may cost at most");
  }

  CatalogPolicy Common(std::string_view kind, std::string_view rule, std::string_view description) const {
    CatalogPolicy policy;
    policy.id = base::StrCat("sys.", kind, rule.empty() ? "" : ".", rule);
    policy.tier = kSystemTier;
    policy.name = base::StrCat(kind, rule.empty() ? "" : ": ", rule);
    policy.description = description;
    policy.version = 1;
    policy.created_us = policy.updated_us = since_us_;
    policy.created_by = policy.updated_by = "configuration";
    return policy;
  }

  // Built-in rules are code, not patterns: theirs tells where they are described.
  void AddStatic(std::string_view kind, std::string_view rule, std::string_view description,
                 std::string_view category, std::string_view action, bool enabled) {
    CatalogPolicy policy = Common(kind, rule, description);
    policy.category = category;
    policy.pattern = base::StrCat("builtin:", kind, "/", rule);
    policy.severity = action == "block" ? "high" : "medium";
    policy.action = action;
    policy.enabled = enabled;
    policies_.push_back(std::move(policy));
  }

  void AddDynamic(std::string_view kind, std::string_view category, std::string_view action,
                  std::string_view description) {
    CatalogPolicy policy = Common(kind, "", description);
    policy.kind = CatalogKind::kDynamic;
    policy.type = category == "dynamic-cost" ? "cost" : "risk";
    policy.category = category;
    policy.actions.push_back({std::string(action)});
    policies_.push_back(std::move(policy));
  }

  void AddInjection() {
    const PromptInjectionOptions& own = options_.prompt_injection;
    const std::string_view action = ActionWord(own.action, own.control);
    std::set<std::string_view> seen;
    for (const auto& rules :
         {EnglishOverrideRules(), EnglishPersonaRules(), EnglishLeakRules(), EnglishIndirectRules(),
          GermanInjectionRules(), RomanceInjectionRules(), DelimiterRules()}) {
      for (const InjectionRule& rule : rules) {
        const std::string_view category = rule.name.substr(0, rule.name.find('.'));
        if (!seen.insert(category).second) continue;
        AddStatic("prompt-injection", category, InjectionReason(category), "security-admin", action, true);
      }
    }
  }

  void AddPii() {
    const PiiDetectorOptions& own = options_.pii_detector;
    const auto enabled = EnabledEntities(own);
    for (const EntityInfo& info : Entities()) {
      const bool on = enabled.ok() && (*enabled)[static_cast<size_t>(info.entity)];
      AddStatic("pii-detector", info.name, info.reason, PiiCategory(info),
                ActionWord(own.action, own.control), on);
    }
  }

  void AddSecrets() {
    const SecretsOptions& own = options_.secrets;
    for (const std::string_view name : SecretNames()) {
      AddStatic("secrets", name, "a key or a password", "code-secrets", ActionWord(own.action, own.control),
                IsOn(own.rules, name));
    }
  }

  void AddSafety() {
    const SafetyFilterOptions& own = options_.safety_filter;
    for (const SafetyCategory& category : SafetyCategories()) {
      AddStatic("safety-filter", category.name, category.reason, "code-compliance",
                ActionWord(own.action, own.control), IsOn(own.categories, category.name));
    }
  }

  void AddSql() {
    const SqlInjectionOptions& own = options_.sql_injection;
    for (const SqlRuleInfo& rule : kSqlRules) {
      AddStatic("sql-injection", rule.name, rule.reason, "security-sqli", ActionWord(own.action, own.control),
                IsOn(own.rules, rule.name));
    }
  }

  // Without the terms and patterns: they may name what is to be kept secret.
  void AddDlp() {
    const DlpFilterOptions& own = options_.dlp_filter;
    const std::string_view action = ActionWord(own.action, own.control);
    for (size_t i = 0; i < own.blocked_terms.size(); ++i) {
      AddStatic("dlp-filter", base::StrCat("blocked_terms[", i, "]"), "a term of the configuration",
                "sensitive-data", action, true);
    }
    for (size_t i = 0; i < own.detect_patterns.size(); ++i) {
      AddStatic("dlp-filter", base::StrCat("detect_patterns[", i, "]"), "a pattern of the configuration",
                "sensitive-data", action, true);
    }
  }

  const ChainOptions& options_;
  const int64_t since_us_;
  std::vector<CatalogPolicy> policies_;
};

}  // namespace

std::vector<CatalogPolicy> SystemPolicies(const ChainOptions& options, int64_t since_us) {
  return Lister(options, since_us).Run();
}

}  // namespace portcullis::policy
