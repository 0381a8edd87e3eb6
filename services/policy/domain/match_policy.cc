#include "services/policy/domain/match_policy.h"

#include <map>

#include "services/policy/domain/scan/phrase_set.h"

namespace portcullis::policy {

void AddPhraseTriggers(const PhraseSet& phrases, uint8_t lane, std::vector<Trigger>* triggers) {
  constexpr size_t kShortWord = 4;  // found inside of many others: only the whole word counts
  std::map<std::string, size_t> reach;
  for (const PhraseSet::Anchor& anchor : phrases.anchors()) {
    const bool whole = anchor.word.size() <= kShortWord && static_cast<uint8_t>(anchor.word[0]) < 0x80 &&
                       static_cast<uint8_t>(anchor.word.back()) < 0x80;
    // A "_" is no letter to us, but it is to \b.
    const std::string pattern =
        !whole ? anchor.word : "(?:^|[^0-9a-z])" + anchor.word + (anchor.prefix ? "" : "(?:[^0-9a-z]|$)");
    const std::string key = (whole ? "w" : "l") + pattern;
    size_t& words = reach.try_emplace(key, 0).first->second;
    words = std::max(words, anchor.words_before + (whole ? 1 : 0));
  }
  for (const auto& [key, words] : reach) {
    triggers->push_back(
        {key.substr(1), key[0] == 'l', lane, Trigger::Reach::kWords, static_cast<uint32_t>(words)});
  }
}

}  // namespace portcullis::policy
