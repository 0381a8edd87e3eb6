#include "services/policy/domain/pii/ip_address.h"

#include <array>

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/scan/context.h"

namespace portcullis::policy {
namespace {

constexpr std::array<std::string_view, 9> kNotAnAddress = {
    "version", "section", "chapter", "release", "build", "ver", "kapitel", "rev", "clause"};

// How a digit group or a right border came out.
enum class Read : uint8_t { kGood, kBad, kEnd };

void Count(const Window& window, size_t steps) {
  if (window.steps != nullptr) *window.steps += steps;
}

Read ReadOctet(const Window& window, size_t* at, unsigned* value) {
  const std::string_view text = window.text;
  const size_t begin = *at;
  *value = 0;
  while (*at < text.size() && IsDigit(text[*at]) && *at - begin < 4) {
    *value = *value * 10 + static_cast<unsigned>(text[(*at)++] - '0');
  }
  if (*at == text.size() && !window.final && *at - begin < 4) return Read::kEnd;
  const bool leading_zero = *at - begin > 1 && text[begin] == '0';
  return *at == begin || *at - begin > 3 || *value > 255 || leading_zero ? Read::kBad : Read::kGood;
}

// No letter, digit or further dotted number may follow.
Read RightBorder(const Window& window, size_t at) {
  const std::string_view text = window.text;
  if (at == text.size()) return window.final ? Read::kGood : Read::kEnd;
  if (IsAlnum(text[at]) || text[at] == '_') return Read::kBad;
  if (text[at] != '.') return Read::kGood;
  if (at + 1 == text.size()) return window.final ? Read::kGood : Read::kEnd;
  return IsDigit(text[at + 1]) ? Read::kBad : Read::kGood;
}

bool IsReserved(const unsigned octets[4]) {
  if (octets[0] == 127 || octets[0] == 0) return true;
  return octets[0] == 255 && octets[1] == 255;
}

// Global unicast, link-local, unique local, multicast, and the translation prefix 64:ff9b::/96.
bool IsUsedRange(unsigned first_group) {
  return (first_group >= 0x2000 && first_group <= 0x3FFF) ||
         (first_group >= 0xFC00 && first_group <= 0xFDFF) ||
         (first_group >= 0xFE80 && first_group <= 0xFEBF) || first_group >= 0xFF00 || first_group == 0x64;
}

unsigned HexValue(char c) { return static_cast<unsigned>(IsDigit(c) ? c - '0' : ToLower(c) - 'a' + 10); }

// Groups of an IPv6 address as they are read.
struct Groups {
  int count = 0;
  bool compressed = false;  // "::" was seen
  unsigned first = 0;
};

// A group of one to four hex digits.
Read ReadGroup(const Window& window, size_t* at, Groups* groups) {
  const std::string_view text = window.text;
  const size_t begin = *at;
  unsigned value = 0;
  while (*at < text.size() && IsHex(text[*at]) && *at - begin < 5)
    value = value * 16 + HexValue(text[(*at)++]);
  if (*at == text.size() && !window.final && *at - begin < 5) return Read::kEnd;
  if (*at == begin || *at - begin > 4) return Read::kBad;
  if (groups->count++ == 0) groups->first = value;
  return Read::kGood;
}

// The colons after a group. kGood: another group follows. kBad: the address ends at *at.
Read ReadColons(const Window& window, size_t* at, Groups* groups) {
  const std::string_view text = window.text;
  if (*at == text.size() || text[*at] != ':') return Read::kBad;
  if (*at + 1 == text.size()) return window.final ? Read::kBad : Read::kEnd;
  size_t next = *at + 1;
  if (text[next] == ':') {
    if (groups->compressed) return Read::kBad;
    groups->compressed = true;
    ++next;
    if (next == text.size() && !window.final) return Read::kEnd;
    *at = next;
    return next < text.size() && IsHex(text[next]) ? Read::kGood : Read::kBad;
  }
  if (!IsHex(text[next])) return Read::kBad;
  *at = next;
  return Read::kGood;
}

// An IPv4 address written in place of the last two groups belongs to the address.
size_t SkipDottedTail(std::string_view text, size_t at) {
  const size_t limit = at + 13;
  while (at + 1 < text.size() && at < limit && text[at] == '.' && IsDigit(text[at + 1])) {
    ++at;
    while (at < text.size() && at < limit && IsDigit(text[at])) ++at;
  }
  return at;
}

}  // namespace

MatchResult MatchIpv4(const Window& window, size_t position) {
  const std::string_view text = window.text;
  if (position >= 2 && text[position - 1] == '.' && IsDigit(text[position - 2])) return MatchResult::None();
  unsigned octets[4];
  size_t at = position;
  for (int i = 0; i < 4; ++i) {
    const Read read = ReadOctet(window, &at, &octets[i]);
    Count(window, at - position);
    if (read == Read::kEnd) return MatchResult::Open();
    if (read == Read::kBad) return MatchResult::None();
    if (i == 3) break;
    if (at == text.size()) return window.final ? MatchResult::None() : MatchResult::Open();
    if (text[at++] != '.') return MatchResult::None();
    if (at == text.size() && !window.final) return MatchResult::Open();
  }
  const Read border = RightBorder(window, at);
  if (border == Read::kEnd) return MatchResult::Open();
  if (border == Read::kBad || IsReserved(octets)) return MatchResult::None();
  if (HasContextWord(window, position, 12, kNotAnAddress)) return MatchResult::None();
  return MatchResult::Match(static_cast<uint16_t>(Entity::kIpv4), at - position);
}

MatchResult MatchIpv6(const Window& window, size_t position) {
  Groups groups;
  size_t at = position;
  for (Read next = Read::kGood; next == Read::kGood && groups.count < 8;) {
    const Read group = ReadGroup(window, &at, &groups);
    Count(window, 5);
    if (group == Read::kEnd) return MatchResult::Open();
    if (group == Read::kBad) return MatchResult::None();
    if (groups.count == 8) break;
    next = ReadColons(window, &at, &groups);
    if (next == Read::kEnd) return MatchResult::Open();
    if (next == Read::kBad && groups.count == 1 && !groups.compressed) return MatchResult::None();
  }
  const bool complete = groups.compressed ? groups.count < 8 : groups.count == 8;
  if (!complete || !IsUsedRange(groups.first)) return MatchResult::None();
  if (!window.final && window.text.size() - at < 16) return MatchResult::Open();
  at = SkipDottedTail(window.text, at);
  if (at < window.text.size() && (IsAlnum(window.text[at]) || window.text[at] == ':')) {
    const bool punctuation =
        window.text[at] == ':' && (at + 1 == window.text.size() || !IsHex(window.text[at + 1]));
    if (!punctuation) return MatchResult::None();
  }
  return MatchResult::Match(static_cast<uint16_t>(Entity::kIpv6), at - position);
}

}  // namespace portcullis::policy
