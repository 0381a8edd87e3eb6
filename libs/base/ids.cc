#include "libs/base/ids.h"

#include <algorithm>

namespace portcullis::base {
namespace {

constexpr size_t kMaxRequestId = 128;
constexpr size_t kTraceparentLength = 55;  // "00-" 32 hex "-" 16 hex "-" 2 hex

void AppendHex(std::string& out, uint64_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += "0123456789abcdef"[(value >> shift) & 15];
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool AllZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

std::string NewRequestId(int64_t unix_millis, Rng& rng) {
  std::string id = "req_";
  id.reserve(36);
  AppendHex(id, static_cast<uint64_t>(unix_millis), 12);
  AppendHex(id, rng.Next(), 4);
  AppendHex(id, rng.Next(), 16);
  return id;
}

bool IsValidRequestId(std::string_view id) {
  if (id.empty() || id.size() > kMaxRequestId) return false;
  return std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == ':' || c == '-';
  });
}

bool IsValidTraceparent(std::string_view value) {
  if (value.size() != kTraceparentLength || !value.starts_with("00-") || value[35] != '-' ||
      value[52] != '-') {
    return false;
  }
  const std::string_view trace = value.substr(3, 32), span = value.substr(36, 16), flags = value.substr(53);
  return IsLowerHex(trace) && IsLowerHex(span) && IsLowerHex(flags) && !AllZero(trace) && !AllZero(span);
}

std::string ChildTraceparent(std::string_view incoming, Rng& rng) {
  const bool known = IsValidTraceparent(incoming);
  std::string out;
  out.reserve(kTraceparentLength);
  if (known) {
    out.append(incoming.substr(0, 36));
  } else {
    out = "00-";
    AppendHex(out, rng.Next() | 1, 16);
    AppendHex(out, rng.Next(), 16);
    out += '-';
  }
  AppendHex(out, rng.Next() | 1, 16);
  out += '-';
  out.append(known ? incoming.substr(53) : "00");
  return out;
}

}  // namespace portcullis::base
