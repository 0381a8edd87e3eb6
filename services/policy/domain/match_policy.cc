#include "services/policy/domain/match_policy.h"

#include <algorithm>
#include <map>
#include <utility>

#include "services/policy/domain/scan/phrase_set.h"

namespace portcullis::policy {

void AddPhraseTriggers(const PhraseSet& phrases, uint8_t lane, std::vector<Trigger>* triggers) {
  std::map<std::pair<std::string, bool>, size_t> reach;
  for (const PhraseSet::Anchor& anchor : phrases.anchors()) {
    size_t& words = reach.try_emplace({anchor.word, anchor.prefix}, 0).first->second;
    words = std::max(words, anchor.words_before);
  }
  for (const auto& [word, words] : reach) {
    const auto kind = word.second ? Trigger::Reach::kWordPrefix : Trigger::Reach::kWords;
    triggers->push_back({word.first, true, lane, kind, static_cast<uint32_t>(words)});
  }
}

}  // namespace portcullis::policy
