#include "services/policy/domain/dlp/dlp_matcher.h"

#include <algorithm>
#include <map>

namespace portcullis::policy {

DlpMatcher::DlpMatcher(std::unique_ptr<const PhraseSet> phrases, size_t phrase_count,
                       std::vector<DlpPattern> patterns)
    : phrases_(std::move(phrases)),
      phrase_count_(phrase_count),
      patterns_(std::move(patterns)),
      list_of_(256, 0),
      lists_(1) {
  std::map<std::vector<uint16_t>, uint16_t> known = {{{}, 0}};
  for (size_t first = 1; first < 256; ++first) {
    const auto begins = [first](const DlpPattern& pattern) { return pattern.first()[first]; };
    if (std::none_of(patterns_.begin(), patterns_.end(), begins)) continue;
    std::vector<std::vector<uint16_t>> by_second(256);
    for (size_t i = 0; i < patterns_.size(); ++i) {
      if (!patterns_[i].first()[first]) continue;
      first_bytes_.set(first);
      const ByteSet seconds = patterns_[i].SecondAfter(static_cast<uint8_t>(first));
      for (size_t second = 1; second < 256; ++second) {
        if (seconds[second]) by_second[second].push_back(static_cast<uint16_t>(i));
      }
    }
    row_of_[first] = static_cast<uint16_t>(list_of_.size() / 256);
    list_of_.resize(list_of_.size() + 256);
    for (size_t second = 1; second < 256; ++second) {
      const auto [found, is_new] = known.try_emplace(by_second[second], static_cast<uint16_t>(lists_.size()));
      if (is_new) lists_.push_back(by_second[second]);
      list_of_[row_of_[first] * 256u + second] = found->second;
    }
  }
  for (const DlpPattern& pattern : patterns_) max_length_ = std::max(max_length_, pattern.max_length());
}

size_t DlpMatcher::NextStart(std::string_view text, size_t from, size_t until) const {
  char before = from == 0 ? ' ' : text[from - 1];
  for (; from < until; before = text[from++]) {
    if (PhraseMayStart(before, text[from])) return from;
    if (!first_bytes_[static_cast<uint8_t>(text[from])]) continue;
    if (from + 1 == text.size()) return from;
    if (!PatternsAt(static_cast<uint8_t>(text[from]), static_cast<uint8_t>(text[from + 1])).empty())
      return from;
  }
  return until;
}

MatchResult DlpMatcher::At(const Window& window, size_t position) const {
  BestMatch best;
  const char before = position == 0 ? ' ' : window.text[position - 1];
  if (PhraseMayStart(before, window.text[position])) best.Add(phrases_->At(window, position));
  const auto first = static_cast<uint8_t>(window.text[position]);
  if (!first_bytes_[first]) return best.result();
  if (position + 1 == window.text.size()) return window.final ? best.result() : MatchResult::Open();
  for (const uint16_t number : PatternsAt(first, static_cast<uint8_t>(window.text[position + 1]))) {
    MatchResult result = patterns_[number].At(window, position);
    result.rule = static_cast<uint16_t>(phrase_count_ + number);
    best.Add(result);
  }
  return best.result();
}

void DlpMatcher::AddPatternTriggers(uint8_t lane, std::vector<Trigger>* triggers) const {
  for (const DlpPattern& pattern : patterns_) {
    triggers->push_back({pattern.trigger(), false, lane, Trigger::Reach::kBytes,
                         static_cast<uint32_t>(pattern.max_length())});
  }
}

}  // namespace portcullis::policy
