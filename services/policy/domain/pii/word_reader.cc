#include "services/policy/domain/pii/word_reader.h"

namespace portcullis::policy {

WordReader::WordReader(const Window& window, size_t begin, size_t max_length)
    : window_(window), begin_(begin), limit_(begin + max_length), furthest_(begin) {}

WordReader::~WordReader() {
  if (window_.steps != nullptr) *window_.steps += furthest_ - begin_ + 1;
}

char WordReader::At(size_t at) {
  if (at >= limit_) return '\0';
  furthest_ = std::max(furthest_, at);
  if (at < window_.text.size()) return window_.text[at];
  open_ = open_ || !window_.final;
  return '\0';
}

// Whether a hyphen or apostrophe at `at` stands within a word; the one of "Anna's" does not.
bool WordReader::GoesOn(size_t at) {
  const char sign = At(at);
  if ((sign != '-' && sign != '\'') || !IsLetter(At(at + 1))) return false;
  return sign == '-' || ToLower(At(at + 1)) != 's' || IsWordByte(At(at + 2));
}

WordReader::Word WordReader::ReadWord(size_t at) {
  Word word{at, at, false, true};
  size_t end = at;
  for (; IsLetter(At(end)) || (end > at && GoesOn(end)); ++end) {
    if (end - at == kMaxReadWord) return {at, at};
    if (At(end) >= 'a') word.upper = false;
  }
  const char after = At(end);
  if (end == at || IsWordByte(after) || after == '@' || after == '_') return {at, at};
  if (after == '.' && IsWordByte(At(end + 1)) && end - at > 1) return {at, at};
  word.end = end;
  word.capital = At(at) <= 'Z';
  return word;
}

WordReader::Word WordReader::ReadNumber(size_t at, size_t most) {
  size_t end = at;
  while (IsDigit(At(end)) && end - at <= most) ++end;
  if (end == at || end - at > most) return {at, at};
  if (IsLetter(At(end)) && !IsWordByte(At(end + 1))) ++end;
  const char after = At(end);
  const bool decimal = (after == '.' || after == ',' || after == ':' || after == '-' || after == '/') &&
                       IsWordByte(At(end + 1));
  if (IsWordByte(after) || decimal || after == '%') return {at, at};
  return {at, end};
}

WordsBefore::WordsBefore(const Window& window, size_t position) {
  const std::string_view text = window.text;
  const size_t limit = position - std::min(position, kReach);
  size_t at = position;
  while (at > limit && !IsWordByte(text[at - 1])) --at;
  gap_ = text.substr(at, position - at);
  for (LowerWord& word : words_) {
    const size_t end = at;
    while (at > limit && IsWordByte(text[at - 1])) --at;
    if (at == end || (at == limit && limit > 0)) break;  // a word that the reach cuts is not known
    word = LowerWord(text.substr(at, end - at));
    while (at > limit && !IsWordByte(text[at - 1])) --at;
  }
  if (window.steps != nullptr) *window.steps += position - at;
}

}  // namespace portcullis::policy
