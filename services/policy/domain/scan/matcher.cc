#include "services/policy/domain/scan/matcher.h"

#include <algorithm>

namespace portcullis::policy {

bool Scan(const Matcher& matcher, const Window& window, size_t until, size_t* at, std::vector<Hit>* hits) {
  const std::string_view text = window.text;
  until = std::min(until, text.size());
  size_t position = *at;
  while (position < until) {
    const char before = position == 0 ? ' ' : text[position - 1];
    if (!matcher.MayStart(before, text[position])) {
      ++position;
      continue;
    }
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
