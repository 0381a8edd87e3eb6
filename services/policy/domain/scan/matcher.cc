#include "services/policy/domain/scan/matcher.h"

#include <algorithm>

namespace portcullis::policy {

size_t Matcher::NextStart(std::string_view text, size_t from, size_t until) const {
  while (from < until && !MayStart(from == 0 ? ' ' : text[from - 1], text[from])) ++from;
  return from;
}

bool Scan(const Matcher& matcher, const Window& window, size_t until, size_t* at, std::vector<Hit>* hits) {
  const std::string_view text = window.text;
  until = std::min(until, text.size());
  size_t position = *at;
  while ((position = matcher.NextStart(text, position, until)) < until) {
    const MatchResult result = matcher.At(window, position);
    if (result.open()) {
      *at = position;
      return false;
    }
    if (!result.matched()) {
      ++position;
      continue;
    }
    const size_t end = position + result.length;
    hits->push_back({static_cast<uint32_t>(position), static_cast<uint32_t>(end), result.rule});
    position = end;
  }
  *at = position;
  return true;
}

}  // namespace portcullis::policy
