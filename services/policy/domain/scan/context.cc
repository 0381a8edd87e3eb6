#include "services/policy/domain/scan/context.h"

#include <algorithm>

#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

bool SameWord(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (ToLower(text[i]) != lower[i]) return false;
  }
  return true;
}

}  // namespace

bool HasContextWord(const Window& window, size_t position, size_t reach,
                    std::span<const std::string_view> words) {
  const size_t begin = position - std::min(position, reach);
  const std::string_view before = window.text.substr(begin, position - begin);
  if (window.steps != nullptr) *window.steps += before.size();
  size_t at = 0;
  while (at < before.size()) {
    size_t end = at;
    while (end < before.size() && IsLetter(before[end])) ++end;
    const std::string_view word = before.substr(at, end - at);
    const auto same = [&](std::string_view known) { return SameWord(word, known); };
    if (!word.empty() && std::any_of(words.begin(), words.end(), same)) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace portcullis::policy
