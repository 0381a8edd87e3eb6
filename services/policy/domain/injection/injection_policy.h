// The policy prompt-injection: adds up signals of an attack into a score between 0 and 1 and acts when the
// score reaches the threshold. Judges text of users, tools and unknown roles; input only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/text/folder.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/scan/phrase_set.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

inline constexpr std::string_view kPromptInjection = "prompt-injection";

// A signal that a text shows, and where (offsets in the folded text).
struct Signal {
  uint16_t rule = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct InjectionJudgement {
  double score = 0;
  std::vector<Signal> signals;  // each name once, by falling weight
};

// Immutable, shared by all threads.
class InjectionPolicy {
 public:
  // INVALID_ARGUMENT: a threshold outside of 0..1, or an attack pattern without words.
  static absl::StatusOr<std::unique_ptr<const InjectionPolicy>> Create(
      const PromptInjectionOptions& options, std::shared_ptr<const text::FoldTable> fold);

  const PromptInjectionOptions& options() const { return options_; }
  const text::FoldTable& fold() const { return *fold_; }

  static bool Judges(Role role) {
    return role == Role::kUser || role == Role::kTool || role == Role::kUnknown;
  }

  // From which score on a text of this role is an attack. What tools and documents say is kTool.
  double ThresholdFor(Role role) const {
    return role == Role::kTool ? options_.tool_threshold.value_or(options_.threshold) : options_.threshold;
  }

  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const;

  // Judges a whole folded text. `found`: what the prefilter says of it (regions of `lane`), or nullptr to try
  // every position. `hidden`: what the text hides from readers.
  InjectionJudgement Judge(const Window& window, const PrefilterResult* found, uint8_t lane,
                           const text::HiddenText& hidden) const;

  // Appends the phrases that begin before `seam` and end behind it. For texts that are made of two.
  void FindAcross(const Window& window, size_t seam, std::vector<Hit>* hits) const;

  // Appends the ways in which a text speaks of what was said earlier (MultiTurnCues, by their number).
  void FindCues(const Window& window, std::vector<Hit>* hits) const;
  double CueWeight(uint16_t cue) const { return cue_weights_[cue]; }

  // Each name once, by falling weight.
  std::vector<Signal> SignalsOf(const std::vector<Hit>& hits) const;

  // The score that `signals` add up to.
  double ScoreOf(const std::vector<Signal>& signals) const;

  std::string_view RuleName(uint16_t rule) const { return names_[rule]; }
  double RuleWeight(uint16_t rule) const { return weights_[rule]; }
  std::string_view RuleReason(uint16_t rule) const;
  // "instruction_override" of "instruction_override.en".
  static std::string_view CategoryOf(std::string_view name) { return name.substr(0, name.find('.')); }

 private:
  explicit InjectionPolicy(const PromptInjectionOptions& options) : options_(options) {}

  uint16_t AddRule(std::string_view name, double weight);
  absl::Status AddPhrases();
  absl::Status AddCues();
  void FindPhrases(const Window& window, size_t from, size_t until, std::vector<Hit>* hits) const;
  void FindLiterals(const Window& window, const PrefilterResult* found, std::vector<Hit>* hits) const;
  void FindEncoded(const Window& window, std::vector<Hit>* hits) const;
  void FindRewritten(const Window& window, const PrefilterResult* found, std::vector<Hit>* hits) const;
  void FindIn(std::string_view rewritten, uint16_t rule, const Window& window, std::vector<Hit>* hits) const;
  void FindHidden(const text::HiddenText& hidden, uint64_t* steps, std::vector<Hit>* hits) const;

  PromptInjectionOptions options_;
  std::shared_ptr<const text::FoldTable> fold_;
  std::vector<std::string> names_;  // of phrase rules, then of literals, then of the encodings
  std::vector<double> weights_;
  std::unique_ptr<const PhraseSet> phrases_;
  std::unique_ptr<const PhraseSet> cues_;
  std::vector<double> cue_weights_;
  uint16_t first_literal_ = 0;
  uint16_t encoded_rule_ = 0;
  uint16_t hex_rule_ = 0;
  uint16_t rot13_rule_ = 0;
  uint16_t leet_rule_ = 0;
  uint16_t comment_rule_ = 0;
  uint16_t tags_rule_ = 0;
  uint16_t invisible_rule_ = 0;
};

}  // namespace portcullis::policy
