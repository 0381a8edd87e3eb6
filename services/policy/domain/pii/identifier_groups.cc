#include "services/policy/domain/pii/identifier_groups.h"

#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kNoSeparator = 0;

constexpr std::array<uint8_t, 256> MakeCodes() {
  std::array<uint8_t, 256> codes{};
  for (size_t i = 1; i < kIdSeparators.size(); ++i)
    codes[static_cast<uint8_t>(kIdSeparators[i])] = static_cast<uint8_t>(i);
  return codes;
}
constexpr std::array<uint8_t, 256> kSeparatorCodes = MakeCodes();

size_t SeparatorCode(char c) { return kSeparatorCodes[static_cast<uint8_t>(c)]; }

}  // namespace

IdGroups::State IdGroups::Read(const Window& window, size_t position) {
  const std::string_view text = window.text;
  size_t at = position;
  size_t separator = kNoSeparator;
  Next next = Next::kTaken;
  while (next == Next::kTaken) {
    next = ReadGroup(text, at, separator);
    if (next != Next::kTaken) break;
    at = groups_[count_ - 1].end;
    separator = SeparatorCode(text[at]);
    const bool more = separator != kNoSeparator && count_ < kMaxIdGroups && !lower_ &&
                      !(letters_only_ && groups_[count_ - 1].chars_end > 6);
    if (!more) break;
    if (++at == text.size()) next = Next::kTextEnds;
  }
  if (window.steps != nullptr) *window.steps += at - position + 1;
  if (next == Next::kTextEnds && !window.final) return State::kOpen;
  return count_ == 0 ? State::kNone : State::kRead;
}

IdGroups::Next IdGroups::ReadGroup(std::string_view text, size_t at, size_t separator_code) {
  const size_t first = count_ == 0 ? 0 : groups_[count_ - 1].chars_end;
  size_t chars = first;
  uint32_t digits = 0;
  bool lower = false;
  for (; at < text.size() && IsAlnum(text[at]); ++at, ++chars) {
    if (chars == kMaxIdChars) return Next::kStop;
    const char c = text[at];
    if (IsDigit(c)) {
      digits |= 1u << chars;
    } else if (c >= 'a') {
      if (count_ > 0) return Next::kStop;
      lower = true;
    }
    chars_[chars] = c >= 'a' ? static_cast<char>(c - 32) : c;
  }
  const bool text_ends = at == text.size();
  const bool taken = chars > first && (text_ends || MayFollow(chars - first, digits != 0));
  if (taken) {
    const IdLayout before = count_ == 0 ? 0 : groups_[count_ - 1].layout;
    groups_[count_] = {at, chars, AddToLayout(before, count_, separator_code, chars - first)};
    ++count_;
    digit_mask_ |= digits;
    lower_ = lower;
    letters_only_ = letters_only_ && digits == 0;
  }
  if (text_ends) return Next::kTextEnds;
  return taken ? Next::kTaken : Next::kStop;
}

// Groups of letters alone are short, and two of them stand together only at the beginning, as in
// "RSS MRA 85T10 A562S" or "B-AB 1234".
bool IdGroups::MayFollow(size_t size, bool digits) const {
  if (count_ == 0 || digits) return true;
  return letters_only_ ? groups_[count_ - 1].chars_end <= 3 && size <= 3 : size <= 4;
}

bool IdMayBegin(std::string_view text, size_t position) {
  if (position == 0) return true;
  const char before = text[position - 1];
  if (position >= 3 && IsPercentEscape(text, position - 3)) return true;
  if (IsAlnum(before) || before == '$' || before == '+' || before == '_') return false;
  if (position == 1) return true;
  if (before == '.') return !IsDigit(text[position - 2]);
  return (before != '-' && before != '/') || !IsAlnum(text[position - 2]);
}

Border BorderAt(const Window& window, size_t at) {
  const std::string_view text = window.text;
  const auto end_of_text = [&] { return window.final ? Border::kEnds : Border::kUnknown; };
  if (at >= text.size()) return end_of_text();
  const char next = text[at];
  if (IsAlnum(next) || next == '_') return Border::kGoesOn;
  if (next == '%') {
    if (at + 2 >= text.size() && !window.final) return Border::kUnknown;
    return IsPercentEscape(text, at) ? Border::kEnds : Border::kGoesOn;
  }
  if (next != '-' && next != '.' && next != '/') return Border::kEnds;
  if (at + 1 >= text.size()) return end_of_text();
  return IsAlnum(text[at + 1]) ? Border::kGoesOn : Border::kEnds;
}

}  // namespace portcullis::policy
