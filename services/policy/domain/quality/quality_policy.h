// The policy quality-scorer: scores answers by what can be counted. It judges a whole answer; of a stream it
// judges each text when it is complete, and can only record then.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/text/fold_table.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/quality/assertion.h"
#include "services/policy/domain/quality/quality_text.h"
#include "services/policy/domain/scan/phrase_set.h"

namespace portcullis::policy {

inline constexpr std::string_view kQualityScorer = kQualityScorerKind;

// Longer texts of a stream are not scored.
inline constexpr size_t kMaxScoredBytes = 1 << 20;

enum class QualitySignal : uint8_t {
  kLength,
  kTruncation,
  kRepetition,
  kRefusal,
  kLanguage,
  kCitations,
  kNumbers,
  kPlaceholders
};

inline constexpr std::array<std::string_view, 8> kQualitySignalNames = {
    "length", "truncation", "repetition", "refusal", "language", "citations", "numbers", "placeholders"};

struct QualityJudgement {
  double score = 1;
  bool failed = false;
  std::string reason;  // what took the most away, without any of the text
};

// Immutable, shared by all threads.
class QualityPolicy {
 public:
  // INVALID_ARGUMENT: an assertion that is not known or whose value does not fit.
  static absl::StatusOr<std::unique_ptr<const QualityPolicy>> Create(
      const QualityScorerOptions& options, std::shared_ptr<const text::FoldTable> fold);

  const QualityScorerOptions& options() const { return options_; }

  // Collects what answers are held against, from a request.
  QualityContext ContextOf(const std::vector<Segment>& input) const;

  // `cut_off`: the provider says that the answer reached its greatest length.
  QualityJudgement Judge(std::string_view text, const QualityContext& context, bool cut_off) const;

  // The finding for a judgement of text number `segment`. `may_act`: the answer has not left yet.
  Finding FindingFor(const QualityJudgement& judgement, uint32_t segment, bool may_act) const;

  // What to do about a low answer instead, the first `max_retries` times.
  Again again() const;

 private:
  struct Part {
    std::string_view name;
    double value;
    double weight;
  };

  explicit QualityPolicy(const QualityScorerOptions& options);

  double LengthOf(std::string_view text) const;
  double RefusalIn(std::string_view text) const;
  double LanguageFits(std::string_view text, const QualityContext& context) const;
  std::vector<Part> Signals(std::string_view text, const QualityContext& context, bool cut_off) const;

  QualityScorerOptions options_;
  Action last_action_;  // about a low answer that is not asked for again
  std::shared_ptr<const text::FoldTable> fold_;
  std::array<double, kQualitySignalNames.size()> weights_{};
  std::unique_ptr<const PhraseSet> refusals_;
  std::vector<Assertion> assertions_;
};

}  // namespace portcullis::policy
