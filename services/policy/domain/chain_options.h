// What a policy chain is made of, as plain values. The configuration (services/policy/app) fills it in; the
// domain compiles it into a bundle. Defaults here are the documented defaults.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/control/policy_control.h"

namespace portcullis::policy {

enum class ApplyTo { kInput, kOutput, kBoth };

// What a detection does. kAllow records the finding and lets pass; kEscalate refuses like kBlock, as
// something that a person may have to look at.
enum class OnDetect { kAllow, kRedact, kBlock, kEscalate };

struct PromptInjectionOptions {
  PolicyControl control;
  ApplyTo apply_to = ApplyTo::kBoth;  // of answers: links and canaries
  double threshold = 0.8;             // 0..1: block when the score reaches it
  OnDetect action = OnDetect::kBlock;
  bool decode_base64 = true;
  bool normalize_unicode = true;             // NFKC-like folding and removal of invisible characters
  bool detect_homoglyphs = true;             // Cyrillic and Greek look-alikes
  std::vector<std::string> attack_patterns;  // phrases of the operator's own, matched word by word
  std::string message;                       // for the client; empty = the built-in one
  std::optional<double> tool_threshold;      // of what tools and documents say; absent = threshold
  bool decode_hex = true;
  bool decode_rot13 = true;
  bool decode_leet = true;
  // Attacks that are spread over the turns of a user.
  bool multi_turn = true;
  std::optional<double> multi_turn_threshold;  // absent = threshold
  double multi_turn_decay = 0.8;  // 0..1: what of the score of earlier turns each further one leaves
  // Answers: images and links whose address carries data, and tokens that must not come out of the system
  // prompt.
  bool links = true;
  OnDetect link_action = OnDetect::kAllow;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> canaries;
  OnDetect canary_action = OnDetect::kBlock;
};

// [EMAIL] | ********** | ****1111 | an invented value | <EMAIL_1>, and back in the answer
enum class MarkerFormat { kLabel, kAsterisks, kPartial, kFake, kToken };

inline constexpr std::array<std::string_view, 5> kMarkerFormatNames = {"label", "asterisks", "partial",
                                                                       "fake", "token"};

struct PiiDetectorOptions {
  PolicyControl control;
  OnDetect action = OnDetect::kRedact;
  ApplyTo apply_to = ApplyTo::kBoth;
  // Which countries' identifiers are looked for (services/policy/domain/pii/entity.h has the names); those of
  // no country always are.
  std::vector<std::string> packs = {"all"};
  // Identifier name -> on or off, whatever the packs say; names in services/policy/domain/pii. Not named =
  // the built-in default.
  std::map<std::string, bool> entities;
  bool healthcare_mode = false;   // medical record and insurance numbers, NPI, dates of birth
  bool pci_mode = true;           // security codes of cards
  bool detect_names = false;      // of persons, by rules and a list
  bool detect_addresses = false;  // postal ones, by rules
  MarkerFormat marker_format = MarkerFormat::kLabel;
  std::map<std::string, std::string> formats;  // identifier name -> format, where it differs
  bool preserve_length = false;
  std::map<std::string, std::string> custom_markers;  // identifier name -> marker
};

struct SecretsOptions {
  PolicyControl control;
  OnDetect action = OnDetect::kRedact;
  ApplyTo apply_to = ApplyTo::kBoth;
  // Name of a secret -> on or off; names in services/policy/domain/secrets. All are on.
  std::map<std::string, bool> rules;
  std::string marker = "[SECRET]";
};

struct SafetyFilterOptions {
  PolicyControl control;
  std::string mode = "strict";  // strict | critical_infrastructure | automotive | education | law_enforcement
  std::map<std::string, bool>
      categories;  // name -> on or off; names in services/policy/domain/safety. All are on.
  bool fuzzy_matching = false;
  int max_distance = 1;  // letters that may be wrong in a word, 0..8
  OnDetect action = OnDetect::kBlock;
  ApplyTo apply_to = ApplyTo::kBoth;
  std::vector<std::string> block_if;  // phrases added to the built-in ones, matched word by word
};

struct SqlInjectionOptions {
  PolicyControl control;
  OnDetect action = OnDetect::kBlock;
  ApplyTo apply_to = ApplyTo::kBoth;
  bool prose = false;  // plain text too, not only arguments and answers of tools
  // Name of a rule -> on or off; names in services/policy/domain/sql. All are on.
  std::map<std::string, bool> rules;
};

// Which markings of documents dlp-filter knows: none, "strictly confidential" and the like, also single
// words.
enum class Sensitivity { kStandard, kHigh, kRestricted };

struct DlpFilterOptions {
  PolicyControl control;
  OnDetect action = OnDetect::kRedact;
  ApplyTo apply_to = ApplyTo::kBoth;
  std::vector<std::string> blocked_terms;    // matched word by word, in any case
  std::vector<std::string> detect_patterns;  // language: services/policy/domain/dlp/dlp_pattern.h
  bool fuzzy_matching = false;               // of terms
  int max_distance = 1;                      // letters that may be wrong in a word, 0..8
  Sensitivity sensitivity_level = Sensitivity::kStandard;
  std::string marker = "[REDACTED]";
};

// What an answer must be like; kinds of assertions: services/policy/domain/quality/assertion.h.
struct QualityAssertion {
  std::string type;
  std::string name;   // in findings; empty = the type
  std::string value;  // text, pattern, schema or number, as the type asks for
  double weight = 1;  // 0..10
  bool negate = false;
  bool case_sensitive = true;
  bool enabled = true;
  std::string mode = "enforce";      // enforce | audit: recorded, not counted
  std::string severity = "warning";  // critical: the answer fails with it
};

// What each signal of an answer counts, 0 to 10. Numbers that the request does not hold may well be new
// results.
struct QualityWeights {
  double length = 1;
  double truncation = 2;
  double repetition = 2;
  double refusal = 2;
  double language = 1;
  double citations = 1;
  double numbers = 0;
  double placeholders = 1;
};

enum class OnLowQuality { kLog, kBlock, kEscalate, kRetry, kFallback };

struct QualityScorerOptions {
  PolicyControl control;  // mode and when
  OnLowQuality action = OnLowQuality::kLog;
  uint32_t max_retries = 1;                   // of kRetry and kFallback
  OnDetect after_retries = OnDetect::kAllow;  // of kRetry and kFallback: about the last answer
  double min_aggregate = 0.7;
  uint32_t min_output_chars = 0;
  uint32_t max_output_chars = 0;  // 0 = no bound
  uint32_t min_sentences = 0;
  std::string language = "match";  // that of the request; "any", or a code: "de"
  QualityWeights weights;
  std::vector<QualityAssertion> assertions;
};

// What becomes of a low answer that is not asked for again.
OnDetect LastActionOf(const QualityScorerOptions& options);

inline constexpr std::string_view kExternalModeration = "external-moderation";

// What the service of external-moderation speaks.
enum class ModerationProvider : uint8_t { kMistral, kOpenAi, kWebhook, kPresidio, kGuardModel };
inline constexpr std::array<std::string_view, 5> kModerationProviderNames = {"mistral", "openai", "webhook",
                                                                             "presidio", "guard-model"};

// Where and how it is asked. Bounds are for each worker.
struct ModerationService {
  ModerationProvider provider = ModerationProvider::kMistral;
  std::string endpoint;  // "" = the provider's own, where it has one
  std::string model;     // "" = the provider's own, where it has one
  std::string api_key;   // "" = none is sent
  std::string
      key_variable;    // where the key is from: a name in the environment; "" = the provider's usual one
  std::string prompt;  // of guard-model: the system message; "" = none
  std::string language = "en";       // of presidio
  uint32_t max_in_flight = 64;       // calls at a time
  uint32_t max_queued = 1'000;       // calls that wait; more fail at once
  uint32_t max_text_bytes = 32'000;  // of one text; longer ones are sent in parts
  uint32_t cache_entries = 10'000;   // 0 = no cache
  std::chrono::milliseconds cache_ttl{300'000};
};

// From which score on a category counts.
struct ModerationThreshold {
  std::string category;
  double threshold = 0.5;
};

struct ExternalModerationOptions {
  ExternalModerationOptions() {
    control.stream = StreamMode::kBuffer;
    control.timeout = std::chrono::milliseconds(2'000);
  }

  PolicyControl control;
  OnDetect action = OnDetect::kBlock;
  ApplyTo apply_to = ApplyTo::kBoth;
  bool concurrent = false;  // a request goes to the provider meanwhile; its answer waits for the verdict
  double threshold = 0.5;   // of categories without one of their own
  std::vector<ModerationThreshold> thresholds;
  std::vector<std::string> categories;              // those that count; none = all
  std::map<std::string, std::string> category_map;  // the service's own category -> category
  ModerationService service;
};

// What a request may cost at most when its circumstances fit.
struct CostLimit {
  double max_cost_usd = 0;
  PolicyCondition when;  // of requests: without targets
};

struct CostLimitOptions {
  std::optional<double> max_cost_usd;  // where none of `limits` fits
  std::vector<CostLimit> limits;       // the first that fits holds
};

struct PolicyLimits {
  uint64_t max_text_bytes = 32ull << 20;  // of one exchange and direction
  uint32_t max_segments = 100'000;
};

struct ChainOptions {
  // Kinds in order: "prompt-injection", "pii-detector", "secrets", "safety-filter", "sql-injection",
  // "dlp-filter", "external-moderation", "quality-scorer", "cost-limit", "audit-logger". Order decides which
  // policy is named when several block.
  std::vector<std::string> chain;
  PromptInjectionOptions prompt_injection;
  PiiDetectorOptions pii_detector;
  SecretsOptions secrets;
  SafetyFilterOptions safety_filter;
  SqlInjectionOptions sql_injection;
  DlpFilterOptions dlp_filter;
  QualityScorerOptions quality_scorer;
  CostLimitOptions cost_limit;
  ExternalModerationOptions external_moderation;
  FailMode fail_mode = FailMode::kBlock;
  PolicyLimits limits;
};

// What all policies have, by kind.
struct PolicyEntry {
  std::string_view kind;
  const PolicyControl* control;
  ApplyTo apply_to;
};

// One for each kind that examines text, whether the chain names it or not. Valid as long as `options`.
std::vector<PolicyEntry> PolicyEntries(const ChainOptions& options);

// What the conditions of the chain's policies look at.
struct ConditionNeeds {
  std::vector<std::string> headers;  // names, each once
  bool modalities = false;
  bool asks_again = false;  // answers may be asked for again
};
ConditionNeeds NeedsOf(const ChainOptions& options);

}  // namespace portcullis::policy
