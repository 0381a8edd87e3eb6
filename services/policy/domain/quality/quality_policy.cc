#include "services/policy/domain/quality/quality_policy.h"

#include <algorithm>
#include <cstdio>

#include "libs/base/strings.h"
#include "libs/text/folder.h"
#include "services/policy/domain/match_policy.h"

namespace portcullis::policy {
namespace {

constexpr size_t kRefusalReach = 400;  // bytes: refusals come first
constexpr size_t kMinLanguageBytes = 50;

// Phrases of answers that refuse, in five languages.
constexpr std::string_view kRefusals[] = {
    "i|we|im|we|am ..1 cannot|cant|unable|won ..2 "
    "help|assist|comply|fulfill|provide|do|answer|create|generate|write",
    "i can|could|will|am not|t ..3 help|assist|comply|fulfill|provide|answer|create|generate|write|able|do",
    "i am|m ..1 sorry|afraid ..4 cannot|cant|can|unable|won",
    "i must|have to decline|refuse",
    "not able|allowed|permitted to ..1 help|assist|comply|provide|answer|fulfill|create|generate",
    "against my|our ..1 guidelines|policies|policy|programming|principles",
    "das|dabei|damit kann|darf ich ..4 nicht",
    "ich kann|darf|werde ..5 nicht ..2 helfen|unterstutzen|beantworten|tun|erfullen|bereitstellen|schreiben",
    "tut mir leid ..6 nicht",
    "je ne peux|puis|suis pas ..3 aider|repondre|fournir|faire|mesure|autorise",
    "desole|desolee ..4 ne peux|puis",
    "no puedo|podemos|soy ..1 ayudar*|proporcionar|responder|hacer|cumplir|capaz|generar",
    "lo siento ..3 no puedo",
    "non posso ..1 aiutar*|fornire|rispondere|fare|soddisfare|generare",
    "mi dispiace ..3 non posso",
};

std::string TwoDigits(double value) {
  char text[16];
  std::snprintf(text, sizeof(text), "%.2f", value);
  return text;
}

}  // namespace

QualityPolicy::QualityPolicy(const QualityScorerOptions& options)
    : options_(options), last_action_(ActionOf(LastActionOf(options))) {}

absl::StatusOr<std::unique_ptr<const QualityPolicy>> QualityPolicy::Create(
    const QualityScorerOptions& options, std::shared_ptr<const text::FoldTable> fold) {
  std::unique_ptr<QualityPolicy> policy(new QualityPolicy(options));
  policy->fold_ = std::move(fold);
  const QualityWeights& weights = options.weights;
  policy->weights_ = {weights.length,   weights.truncation, weights.repetition, weights.refusal,
                      weights.language, weights.citations,  weights.numbers,    weights.placeholders};
  std::vector<PhraseSet::Phrase> phrases;
  for (const std::string_view pattern : kRefusals) {
    auto tokens = ParsePhrase(pattern, {});
    if (!tokens.ok()) return tokens.status();
    phrases.push_back({*std::move(tokens)});
  }
  policy->refusals_ = std::make_unique<const PhraseSet>(phrases);
  for (size_t i = 0; i < options.assertions.size(); ++i) {
    if (!options.assertions[i].enabled) continue;
    auto assertion = Assertion::Create(options.assertions[i]);
    if (!assertion.ok()) {
      return absl::InvalidArgumentError(
          base::StrCat("quality-scorer: assertions[", i, "]: ", base::Message(assertion.status())));
    }
    policy->assertions_.push_back(*std::move(assertion));
  }
  return policy;
}

QualityContext QualityPolicy::ContextOf(const std::vector<Segment>& input) const {
  QualityContext context;
  for (const Segment& segment : input) {
    if (segment.role == Role::kAssistant) continue;
    context.Add(segment.text);
    if (segment.role != Role::kUser) continue;
    std::string language = LanguageOf(segment.text);
    if (!language.empty()) context.language = std::move(language);
  }
  return context;
}

double QualityPolicy::LengthOf(std::string_view text) const {
  const auto share = [](size_t have, size_t want) {
    return have >= want ? 1.0 : static_cast<double>(have) / static_cast<double>(want);
  };
  const size_t chars = CountCodePoints(text);
  double value =
      std::min(share(chars, options_.min_output_chars), share(CountSentences(text), options_.min_sentences));
  if (chars == 0) value = 0;
  if (options_.max_output_chars > 0) value = std::min(value, share(options_.max_output_chars, chars));
  return value;
}

double QualityPolicy::RefusalIn(std::string_view text) const {
  const std::string folded = text::FoldWhole(text.substr(0, kRefusalReach), *fold_);
  const Window window{folded, true, nullptr};
  size_t at = 0;
  std::vector<Hit> hits;
  Scan(*refusals_, window, folded.size(), &at, &hits);
  return hits.empty() ? 1 : 0;
}

double QualityPolicy::LanguageFits(std::string_view text, const QualityContext& context) const {
  const std::string& wanted = options_.language == "match" ? context.language : options_.language;
  if (wanted.empty() || wanted == "any" || text.size() < kMinLanguageBytes) return -1;
  const std::string language = LanguageOf(text);
  return language.empty() ? -1 : language == wanted ? 1 : 0;
}

std::vector<QualityPolicy::Part> QualityPolicy::Signals(std::string_view text, const QualityContext& context,
                                                        bool cut_off) const {
  std::vector<Part> parts;
  const auto add = [&](QualitySignal signal, auto value_of) {
    const auto index = static_cast<size_t>(signal);
    if (weights_[index] == 0) return;
    const double value = value_of();
    if (value >= 0) parts.push_back({kQualitySignalNames[index], value, weights_[index]});
  };
  add(QualitySignal::kLength, [&] { return LengthOf(text); });
  add(QualitySignal::kTruncation, [&] { return cut_off ? 0 : WholenessOf(text); });
  add(QualitySignal::kRepetition, [&] { return VarietyOf(text); });
  add(QualitySignal::kRefusal, [&] { return RefusalIn(text); });
  add(QualitySignal::kLanguage, [&] { return LanguageFits(text, context); });
  add(QualitySignal::kCitations, [&] { return CitationsIn(text, context); });
  add(QualitySignal::kNumbers, [&] { return NumbersIn(text, context); });
  add(QualitySignal::kPlaceholders, [&] { return PlaceholdersIn(text); });
  return parts;
}

QualityJudgement QualityPolicy::Judge(std::string_view text, const QualityContext& context,
                                      bool cut_off) const {
  std::vector<Part> parts = Signals(text, context, cut_off);
  QualityJudgement judgement;
  for (const Assertion& assertion : assertions_) {
    const double value = assertion.Holds(text) ? 1 : 0;
    parts.push_back({assertion.name(), value, assertion.counts() ? assertion.weight() : 0});
    judgement.failed = judgement.failed || (assertion.counts() && assertion.critical() && value == 0);
  }
  double sum = 0;
  double weights = 0;
  for (const Part& part : parts) {
    sum += part.value * part.weight;
    weights += part.weight;
  }
  judgement.score = weights == 0 ? 1 : sum / weights;
  judgement.failed = judgement.failed || judgement.score < options_.min_aggregate;
  judgement.reason = base::StrCat("the answer scores ", TwoDigits(judgement.score));
  const char* joint = ": ";
  for (const Part& part : parts) {
    if (part.value >= 1) continue;
    judgement.reason += base::StrCat(joint, part.name, " ", TwoDigits(part.value));
    joint = ", ";
  }
  return judgement;
}

Again QualityPolicy::again() const {
  switch (options_.action) {
    case OnLowQuality::kRetry:
      return Again::kAnyTarget;
    case OnLowQuality::kFallback:
      return Again::kOtherTarget;
    default:
      return Again::kNo;
  }
}

Finding QualityPolicy::FindingFor(const QualityJudgement& judgement, uint32_t segment, bool may_act) const {
  Finding finding;
  finding.policy = kQualityScorer;
  finding.rule = kQualityScoreRule;
  finding.reason = judgement.reason;
  finding.action = judgement.failed && may_act ? last_action_ : Action::kAllow;
  finding.score = judgement.score;
  finding.segment = segment;
  return finding;
}

}  // namespace portcullis::policy
