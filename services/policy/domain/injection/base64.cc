#include "services/policy/domain/injection/base64.h"

#include <algorithm>
#include <cstdint>

#include "libs/text/utf8.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

bool IsBase64(char c) { return IsAlnum(c) || c == '+' || c == '/' || c == '-' || c == '_'; }

uint32_t ValueOf(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<uint32_t>(c - 'a' + 26);
  if (IsDigit(c)) return static_cast<uint32_t>(c - '0' + 52);
  return c == '+' || c == '-' ? 62 : 63;
}

bool IsReadable(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const text::CodePoint next = text::DecodeUtf8(text.substr(i));
    const bool control = next.value < 0x20 && next.value != '\n' && next.value != '\r' && next.value != '\t';
    if (next.status != text::Utf8Status::kValid || control) return false;
    i += next.length;
  }
  return true;
}

}  // namespace

Base64Run FindBase64Run(std::string_view text, size_t from) {
  size_t begin = from;
  while (begin + kMinBase64Run <= text.size()) {
    size_t good = kMinBase64Run;  // text[begin + good, begin + kMinBase64Run) is base64
    while (good > 0 && IsBase64(text[begin + good - 1])) --good;
    if (good > 0) {
      begin += good;
      continue;
    }
    size_t end = begin + kMinBase64Run;
    while (end < text.size() && IsBase64(text[end])) ++end;
    return {begin, end};
  }
  return {text.size(), text.size()};
}

std::string DecodeBase64Text(std::string_view run) {
  run = run.substr(0, kMaxBase64Run);
  std::string out;
  out.reserve(run.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : run) {
    bits = bits << 6 | ValueOf(c);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  // A cut at the greatest length may leave part of a code point.
  for (int i = 0; i < 3 && !out.empty() && !IsReadable(out); ++i) out.pop_back();
  return IsReadable(out) ? out : std::string();
}

}  // namespace portcullis::policy
