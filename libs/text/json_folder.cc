#include "libs/text/json_folder.h"

#include "libs/text/utf8.h"

namespace portcullis::text {
namespace {

constexpr std::string_view kBreak("\0", 1);
constexpr size_t kUnicodeEscape = 6;  // \uXXXX

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsStructure(char c) { return std::string_view("{}[]:,").find(c) != std::string_view::npos; }
// After a digit; "." stays, so that the digits behind it are not taken for a number of their own.
bool IsNumberSign(char c) { return c == 'e' || c == 'E' || c == '+' || c == '-'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Parse : uint8_t { kDone, kNotOne, kIncomplete };

// \uXXXX at the start of `text`.
Parse ParseUnicodeEscape(std::string_view text, char32_t* unit) {
  *unit = 0;
  for (size_t i = 0; i < kUnicodeEscape; ++i) {
    if (i >= text.size()) return Parse::kIncomplete;
    if (i < 2) {
      if (text[i] != "\\u"[i]) return Parse::kNotOne;
      continue;
    }
    const int digit = HexValue(text[i]);
    if (digit < 0) return Parse::kNotOne;
    *unit = *unit * 16 + static_cast<char32_t>(digit);
  }
  return Parse::kDone;
}

// The character of a two-byte escape, or -1.
int SimpleEscape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
    case 'f':
      return ' ';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return -1;
  }
}

}  // namespace

void JsonFolder::Feed(std::string_view raw, bool last, FoldedText* out) {
  if (waiting_.empty()) {
    waiting_ = raw.substr(FoldAll(raw, last, out));
    return;
  }
  waiting_ += raw;
  const std::string all = std::move(waiting_);
  waiting_ = std::string_view(all).substr(FoldAll(all, last, out));
}

size_t JsonFolder::FoldAll(std::string_view raw, bool last, FoldedText* out) {
  size_t at = 0;
  while (at < raw.size()) {
    const size_t taken = Step(raw.substr(at), last, out);
    if (taken == 0) break;
    at += taken;
  }
  return at;
}

size_t JsonFolder::Step(std::string_view rest, bool last, FoldedText* out) {
  if (static_cast<uint8_t>(rest[0]) >= 0x80) return StepCodePoint(rest, last, out);
  return state_ == State::kString ? StepInString(rest, last, out) : StepOutside(rest, last, out);
}

size_t JsonFolder::StepInString(std::string_view rest, bool last, FoldedText* out) {
  if (rest[0] == '\\') return StepEscape(rest, last, out);
  if (rest[0] == '"') {
    state_ = State::kOutside;
    code_points_.Same(kBreak, out);
    return 1;
  }
  size_t length = 1;
  while (length < rest.size() && rest[length] != '"' && rest[length] != '\\' &&
         static_cast<uint8_t>(rest[length]) < 0x80) {
    ++length;
  }
  code_points_.Same(rest.substr(0, length), out);
  return length;
}

size_t JsonFolder::StepOutside(std::string_view rest, bool, FoldedText* out) {
  const char c = rest[0];
  if (IsDigit(c)) {
    state_ = State::kNumber;
    out->AppendNumberByte(c);
    return 1;
  }
  if (state_ == State::kNumber && c == '.') {
    out->AppendNumberByte(c);
    return 1;
  }
  const bool in_number = state_ == State::kNumber && IsNumberSign(c);
  if (!in_number) state_ = c == '"' ? State::kString : State::kOutside;
  const bool breaks = in_number || c == '"' || IsStructure(c);
  code_points_.Same(breaks ? kBreak : rest.substr(0, 1), out);
  return 1;
}

size_t JsonFolder::StepEscape(std::string_view rest, bool last, FoldedText* out) {
  if (rest.size() < 2 && !last) return 0;
  if (rest.size() >= 2 && rest[1] == 'u') return StepUnicodeEscape(rest, last, out);
  const int c = rest.size() >= 2 ? SimpleEscape(rest[1]) : -1;
  if (c < 0) {
    code_points_.Same(rest.substr(0, 1), out);
    return 1;
  }
  code_points_.Fold(static_cast<char32_t>(c), 2, out);
  return 2;
}

size_t JsonFolder::StepUnicodeEscape(std::string_view rest, bool last, FoldedText* out) {
  char32_t high;
  Parse parse = ParseUnicodeEscape(rest, &high);
  if (parse == Parse::kIncomplete && !last) return 0;
  if (parse != Parse::kDone) {
    code_points_.Same(rest.substr(0, 1), out);
    return 1;
  }
  if (high < 0xD800 || high > 0xDFFF) {
    code_points_.Fold(high, kUnicodeEscape, out);
    return kUnicodeEscape;
  }
  char32_t low = 0;
  if (high < 0xDC00) {
    parse = ParseUnicodeEscape(rest.substr(kUnicodeEscape), &low);
    if (parse == Parse::kIncomplete && !last) return 0;
    if (parse == Parse::kDone && low >= 0xDC00 && low <= 0xDFFF) {
      code_points_.Fold(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 2 * kUnicodeEscape, out);
      return 2 * kUnicodeEscape;
    }
  }
  out->AppendUnit(kBreak, kUnicodeEscape);
  return kUnicodeEscape;
}

size_t JsonFolder::StepCodePoint(std::string_view rest, bool last, FoldedText* out) {
  const CodePoint next = DecodeUtf8(rest);
  if (next.status == Utf8Status::kIncomplete && !last) return 0;
  if (state_ == State::kNumber) state_ = State::kOutside;
  if (next.status == Utf8Status::kValid) {
    code_points_.Fold(next.value, next.length, out);
  } else {
    out->AppendUnit(kBreak, next.length);
  }
  return next.length;
}

}  // namespace portcullis::text
