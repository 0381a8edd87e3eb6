#include "services/policy/domain/dlp/dlp_policy.h"

#include <span>

#include "libs/base/strings.h"
#include "libs/text/folder.h"

namespace portcullis::policy {
namespace {

// What documents are marked with; the second list for the highest level alone.
constexpr const char* kMarkings[] = {
    "strictly confidential",
    "company confidential",
    "confidential information",
    "internal use only",
    "for internal use",
    "not for distribution",
    "do not distribute",
    "commercial in confidence",
    "proprietary and confidential",
    "streng vertraulich",
    "nur fur den internen gebrauch",
    "diffusion restreinte",
    "confidentiel entreprise",
    "uso interno",
    "estrictamente confidencial",
    "strettamente confidenziale",
};
constexpr const char* kRestrictedMarkings[] = {
    "confidential",     "vertraulich", "confidentiel",    "confidencial", "riservato", "restricted",
    "top secret",       "classified",  "secret noforn",   "noforn",       "tlp red",   "tlp amber",
    "tlp amber strict", "eyes only",   "attorney client", "privileged",
};

absl::Status AddPhrases(std::span<const char* const> texts, std::vector<PhraseSet::Phrase>* phrases) {
  for (const char* text : texts) {
    auto tokens = LiteralPhrase(text);
    if (!tokens.ok()) return tokens.status();
    phrases->push_back({*std::move(tokens)});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<const DlpPolicy>> DlpPolicy::Create(const DlpFilterOptions& options,
                                                                   const text::FoldTable& fold) {
  std::unique_ptr<DlpPolicy> policy(new DlpPolicy(options));
  std::vector<PhraseSet::Phrase> phrases;
  for (size_t i = 0; i < options.blocked_terms.size(); ++i) {
    policy->names_.push_back(base::StrCat("blocked_terms[", i, "]"));
    auto tokens = LiteralPhrase(text::FoldWhole(options.blocked_terms[i], fold));
    if (!tokens.ok()) {
      return absl::InvalidArgumentError(
          base::StrCat("dlp-filter: ", policy->names_.back(), ": ", base::Message(tokens.status())));
    }
    phrases.push_back({*std::move(tokens)});
  }
  policy->terms_ = phrases.size();
  absl::Status status;
  if (options.sensitivity_level != Sensitivity::kStandard) status = AddPhrases(kMarkings, &phrases);
  if (!status.ok()) return status;
  if (options.sensitivity_level == Sensitivity::kRestricted)
    status = AddPhrases(kRestrictedMarkings, &phrases);
  if (!status.ok()) return status;
  policy->markings_ = phrases.size() - policy->terms_;
  policy->names_.resize(phrases.size(), "classification_marking");
  std::vector<DlpPattern> patterns;
  for (size_t i = 0; i < options.detect_patterns.size(); ++i) {
    policy->names_.push_back(base::StrCat("detect_patterns[", i, "]"));
    auto pattern = DlpPattern::Parse(text::FoldWhole(options.detect_patterns[i], fold));
    if (!pattern.ok()) {
      return absl::InvalidArgumentError(
          base::StrCat("dlp-filter: ", policy->names_.back(), ": ", base::Message(pattern.status())));
    }
    patterns.push_back(*std::move(pattern));
  }
  const int distance = options.fuzzy_matching ? options.max_distance : 0;
  policy->matcher_ = std::make_unique<const DlpMatcher>(std::make_unique<const PhraseSet>(phrases, distance),
                                                        phrases.size(), std::move(patterns));
  return policy;
}

void DlpPolicy::AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const {
  if (TriesEveryWord()) return;
  AddPhraseTriggers(matcher_->phrases(), lane, triggers);
  matcher_->AddPatternTriggers(lane, triggers);
}

std::string_view DlpPolicy::RuleReason(uint16_t rule) const {
  if (rule < terms_) return "a term that this gateway does not let pass";
  if (rule < terms_ + markings_) return "the marking of a confidential document";
  return "text of a form that this gateway does not let pass";
}

}  // namespace portcullis::policy
