#include "services/policy/domain/pii/digit_groups.h"

#include <algorithm>

#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

bool IsSeparator(char c) { return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')'; }

}  // namespace

DigitGroups::State DigitGroups::Read(const Window& window, size_t position) {
  text_ = window.text;
  size_t at = position;
  if (text_[at] == '+') plus_ = true, ++at;
  if (at < text_.size() && text_[at] == '(') paren_ = true, ++at;
  while (ReadGroup(&at)) {
    const size_t separator = SeparatorAt(at);
    if (separator == 0 || count_ == kMaxGroups || digit_count_ == kMaxDigits) break;
    at += separator;
  }
  if (window.steps != nullptr) *window.steps += at - position + 1;
  if (overlong_) return count_ == 0 ? State::kNone : State::kRead;
  // One byte more than the longest separator decides whether another group follows.
  if (!window.final && text_.size() - at <= kMaxSeparator) {
    size_t rest = at;
    while (rest < text_.size() && IsSeparator(text_[rest])) ++rest;
    if (rest == text_.size()) return State::kOpen;
  }
  const bool escape = !window.final && at < text_.size() && text_[at] == '%' && at + 2 >= text_.size();
  const bool extension = !window.final && at + 1 == text_.size() && text_[at] == 'x';
  if (escape || extension) return State::kOpen;
  return count_ == 0 ? State::kNone : State::kRead;
}

bool DigitGroups::ReadGroup(size_t* at) {
  const size_t begin = *at;
  size_t end = begin;
  while (end < text_.size() && IsDigit(text_[end])) {
    if (digit_count_ + (end - begin) == kMaxDigits) {
      overlong_ = true;
      return false;
    }
    ++end;
  }
  if (end == begin) return false;
  for (size_t i = begin; i < end; ++i) digits_[digit_count_++] = text_[i];
  groups_[count_++] = {begin, end, digit_count_};
  *at = end;
  return true;
}

size_t DigitGroups::SeparatorAt(size_t at) const {
  size_t length = 0;
  while (length <= kMaxSeparator && at + length < text_.size() && IsSeparator(text_[at + length])) ++length;
  if (length == 0 || length > kMaxSeparator || at + length == text_.size()) return 0;
  return IsDigit(text_[at + length]) ? length : 0;
}

bool DigitGroups::EndsAfter(size_t groups) const {
  const size_t at = end(groups - 1);
  if (at >= text_.size()) return true;
  const char next = text_[at];
  if (next == 'x' && at + 1 < text_.size() && IsDigit(text_[at + 1])) return true;  // an extension
  if (IsAlnum(next) || next == '_' || (next == '%' && !IsPercentEscape(text_, at))) return false;
  const bool joins = next == '-' || next == '.' || next == '/';
  return !joins || at + 1 >= text_.size() || !IsAlnum(text_[at + 1]);
}

}  // namespace portcullis::policy
