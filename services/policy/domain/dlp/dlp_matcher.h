// All terms and patterns of dlp-filter as one matcher. Numbers of rules: terms, then markings, then patterns.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/dlp/dlp_pattern.h"
#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/phrase_set.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

// Immutable. A pattern is tried only where the first two bytes fit it: a thousand patterns cost hardly more
// than ten.
class DlpMatcher final : public Matcher {
 public:
  // `phrases` may be null: there are none.
  DlpMatcher(std::unique_ptr<const PhraseSet> phrases, size_t phrase_count, std::vector<DlpPattern> patterns);

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override {
    return first_bytes_[static_cast<uint8_t>(first)] || PhraseMayStart(before, first);
  }
  size_t NextStart(std::string_view text, size_t from, size_t until) const override;
  size_t max_length() const override { return max_length_; }

  // Without the triggers of the phrases.
  void AddPatternTriggers(uint8_t lane, std::vector<Trigger>* triggers) const;
  const PhraseSet& phrases() const { return *phrases_; }

 private:
  bool PhraseMayStart(char before, char first) const {
    return phrases_ != nullptr && phrases_->MayStart(before, first);
  }
  const std::vector<uint16_t>& PatternsAt(uint8_t first, uint8_t second) const {
    return lists_[list_of_[row_of_[first] * 256u + second]];
  }

  std::unique_ptr<const PhraseSet> phrases_;
  size_t phrase_count_;
  std::vector<DlpPattern> patterns_;
  ByteSet first_bytes_;                       // of patterns
  std::array<uint16_t, 256> row_of_{};        // by the first byte; 0: no pattern begins with it
  std::vector<uint16_t> list_of_;             // by row and the second byte
  std::vector<std::vector<uint16_t>> lists_;  // of numbers of patterns; the first is empty
  size_t max_length_ = kMaxPhraseBytes;
};

}  // namespace portcullis::policy
