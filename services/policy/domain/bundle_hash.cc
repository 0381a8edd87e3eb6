#include "services/policy/domain/bundle_hash.h"

#include <string_view>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/policy/domain/injection/injection_rules.h"
#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {
namespace {

// Raise it when the engine decides differently with the same rules.
constexpr std::string_view kEngineVersion = "3";

// Each field with its length before it, so that no two lists of fields give the same bytes.
class FieldHasher {
 public:
  template <typename T>
  FieldHasher& Add(const T& value) {
    const std::string text = base::StrCat(value);
    hasher_.Update(base::StrCat(text.size(), ":"));
    hasher_.Update(text);
    return *this;
  }
  template <typename Enum>
  FieldHasher& AddEnum(Enum value) {
    return Add(static_cast<int>(value));
  }
  FieldHasher& AddAll(const std::vector<std::string>& values) {
    Add(values.size());
    for (const std::string& value : values) Add(value);
    return *this;
  }
  std::string Hex() { return crypto::Hex(hasher_.Finish()); }

 private:
  crypto::Sha256 hasher_;
};

void AddMap(const std::map<std::string, std::string>& values, FieldHasher& fields) {
  fields.Add(values.size());
  for (const auto& [name, value] : values) fields.Add(name).Add(value);
}

void AddCondition(const PolicyCondition& when, FieldHasher& fields) {
  fields.AddAll(when.models).AddAll(when.tenants).AddAll(when.modalities).AddAll(when.targets);
  AddMap(when.headers, fields);
}

void AddCostLimit(const CostLimitOptions& options, FieldHasher& fields) {
  fields.Add(options.max_cost_usd.value_or(-1)).Add(options.limits.size());
  for (const CostLimit& limit : options.limits) {
    fields.Add(limit.max_cost_usd);
    AddCondition(limit.when, fields);
  }
}

void AddModeration(const ExternalModerationOptions& options, FieldHasher& fields) {
  fields.AddEnum(options.action).AddEnum(options.apply_to).AddEnum(options.concurrent).Add(options.threshold);
  fields.AddAll(options.categories).Add(options.thresholds.size());
  for (const ModerationThreshold& one : options.thresholds) fields.Add(one.category).Add(one.threshold);
  AddMap(options.category_map, fields);
  const ModerationService& service = options.service;
  fields.AddEnum(service.provider).Add(service.endpoint).Add(service.model).Add(service.prompt);
  // The key too, so that a new one comes into effect: SHA-256 does not give it away.
  fields.Add(crypto::Hex(crypto::Sha256Of(service.api_key))).Add(service.language);
  fields.Add(service.max_in_flight).Add(service.max_queued).Add(service.max_text_bytes);
  fields.Add(service.cache_entries).Add(service.cache_ttl.count());
}

void AddControl(const PolicyControl& control, FieldHasher& fields) {
  fields.AddEnum(control.mode).AddEnum(control.stream).AddAll(control.roles);
  AddCondition(control.when, fields);
  fields.Add(control.fail_mode ? static_cast<int>(*control.fail_mode) : -1).Add(control.timeout.count());
  fields.Add(control.exceptions.size());
  for (const PolicyException& exception : control.exceptions) {
    fields.Add(exception.reason).Add(exception.expires).AddAll(exception.rules).AddAll(exception.values);
    fields.AddAll(exception.value_sha256).AddAll(exception.tenants);
  }
}

void AddRules(FieldHasher& fields) {
  for (const auto& rules :
       {EnglishOverrideRules(), EnglishPersonaRules(), EnglishLeakRules(), EnglishIndirectRules(),
        GermanInjectionRules(), RomanceInjectionRules(), DelimiterRules(), MultiTurnCues()}) {
    for (const InjectionRule& rule : rules) fields.Add(rule.name).Add(rule.weight).Add(rule.pattern);
  }
  for (const auto& rules :
       {EnglishSafetyRules(), GermanSafetyRules(), RomanceSafetyRules(), InfrastructureRules(),
        AutomotiveRules(), EducationRules(), LawEnforcementRules()}) {
    for (const SafetyRule& rule : rules) fields.Add(rule.name).Add(rule.pattern);
  }
  for (const auto* sets : {&InjectionWordSets(), &SafetyWordSets()}) {
    for (const auto& [name, words] : *sets) fields.Add(name).Add(words);
  }
}

}  // namespace

std::string HashOfBundle(const ChainOptions& options) {
  FieldHasher fields;
  fields.Add(kEngineVersion).AddAll(options.chain);
  const PromptInjectionOptions& injection = options.prompt_injection;
  fields.Add(injection.threshold)
      .AddEnum(injection.apply_to)
      .AddEnum(injection.action)
      .AddEnum(injection.decode_base64);
  fields.AddEnum(injection.normalize_unicode).AddEnum(injection.detect_homoglyphs);
  fields.AddAll(injection.attack_patterns).Add(injection.message);
  fields.Add(injection.tool_threshold.value_or(-1))
      .AddEnum(injection.decode_hex)
      .AddEnum(injection.decode_rot13);
  fields.AddEnum(injection.decode_leet).AddEnum(injection.links).AddEnum(injection.link_action);
  fields.AddEnum(injection.multi_turn)
      .Add(injection.multi_turn_threshold.value_or(-1))
      .Add(injection.multi_turn_decay);
  fields.AddAll(injection.allowed_hosts).AddAll(injection.canaries).AddEnum(injection.canary_action);
  const PiiDetectorOptions& pii = options.pii_detector;
  fields.AddEnum(pii.action).AddEnum(pii.apply_to).AddEnum(pii.marker_format).AddEnum(pii.preserve_length);
  fields.AddEnum(pii.healthcare_mode).AddEnum(pii.pci_mode).AddEnum(pii.detect_names);
  fields.AddEnum(pii.detect_addresses).Add(pii.formats.size());
  for (const auto& [name, format] : pii.formats) fields.Add(name).Add(format);
  fields.AddAll(pii.packs).Add(pii.entities.size());
  for (const auto& [name, on] : pii.entities) fields.Add(name).AddEnum(on);
  fields.Add(pii.custom_markers.size());
  for (const auto& [name, marker] : pii.custom_markers) fields.Add(name).Add(marker);
  const SecretsOptions& secrets = options.secrets;
  fields.AddEnum(secrets.action).AddEnum(secrets.apply_to).Add(secrets.marker).Add(secrets.rules.size());
  for (const auto& [name, on] : secrets.rules) fields.Add(name).AddEnum(on);
  const SafetyFilterOptions& safety = options.safety_filter;
  fields.AddEnum(safety.fuzzy_matching).Add(safety.max_distance).Add(safety.categories.size());
  for (const auto& [name, on] : safety.categories) fields.Add(name).AddEnum(on);
  fields.Add(safety.mode).AddEnum(safety.action).AddEnum(safety.apply_to).AddAll(safety.block_if);
  const SqlInjectionOptions& sql = options.sql_injection;
  fields.AddEnum(sql.action).AddEnum(sql.apply_to).AddEnum(sql.prose).Add(sql.rules.size());
  for (const auto& [name, on] : sql.rules) fields.Add(name).AddEnum(on);
  const DlpFilterOptions& dlp = options.dlp_filter;
  fields.AddEnum(dlp.action).AddEnum(dlp.apply_to).AddAll(dlp.blocked_terms).AddAll(dlp.detect_patterns);
  fields.AddEnum(dlp.fuzzy_matching).Add(dlp.max_distance).AddEnum(dlp.sensitivity_level).Add(dlp.marker);
  const QualityScorerOptions& quality = options.quality_scorer;
  fields.AddEnum(quality.action).Add(quality.max_retries).AddEnum(quality.after_retries);
  fields.Add(quality.min_aggregate).Add(quality.min_output_chars);
  fields.Add(quality.max_output_chars).Add(quality.min_sentences).Add(quality.language);
  const QualityWeights& weights = quality.weights;
  fields.Add(weights.length).Add(weights.truncation).Add(weights.repetition).Add(weights.refusal);
  fields.Add(weights.language).Add(weights.citations).Add(weights.numbers).Add(weights.placeholders);
  fields.Add(quality.assertions.size());
  for (const QualityAssertion& one : quality.assertions) {
    fields.Add(one.type).Add(one.name).Add(one.value).Add(one.weight).AddEnum(one.negate);
    fields.AddEnum(one.case_sensitive).AddEnum(one.enabled).Add(one.mode).Add(one.severity);
  }
  fields.AddEnum(options.fail_mode).Add(options.limits.max_text_bytes).Add(options.limits.max_segments);
  for (const PolicyEntry& entry : PolicyEntries(options)) {
    fields.Add(entry.kind);
    AddControl(*entry.control, fields);
  }
  AddCostLimit(options.cost_limit, fields);
  AddModeration(options.external_moderation, fields);
  AddRules(fields);
  return fields.Hex();
}

std::string HashWithTenant(std::string_view chain, std::string_view rules) {
  return FieldHasher().Add(chain).Add(rules).Hex();
}

}  // namespace portcullis::policy
