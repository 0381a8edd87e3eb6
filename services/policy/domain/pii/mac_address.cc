#include "services/policy/domain/pii/mac_address.h"

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/identifier_groups.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {

MatchResult MatchMac(const Window& window, size_t position) {
  const std::string_view text = window.text;
  if (position > 0 && (text[position - 1] == ':' || text[position - 1] == '-')) return MatchResult::None();
  bool zeros = true;
  bool ones = true;
  for (size_t i = 0; i < kMacLength; ++i) {
    const size_t at = position + i;
    if (at == text.size()) return window.final ? MatchResult::None() : MatchResult::Open();
    const char c = text[at];
    if (i % 3 == 2) {
      if ((c != ':' && c != '-') || c != text[position + 2]) return MatchResult::None();
      continue;
    }
    if (!IsHex(c)) return MatchResult::None();
    zeros = zeros && c == '0';
    ones = ones && ToLower(c) == 'f';
  }
  if (window.steps != nullptr) *window.steps += kMacLength;
  const size_t end = position + kMacLength;
  const Border border = BorderAt(window, end);
  if (border == Border::kUnknown) return MatchResult::Open();
  // A seventh pair makes it something else.
  if (border == Border::kGoesOn || zeros || ones) return MatchResult::None();
  if (end < text.size() && text[end] == ':') {
    if (end + 1 == text.size())
      return window.final ? MatchResult::Match(static_cast<uint16_t>(Entity::kMacAddress), kMacLength)
                          : MatchResult::Open();
    if (IsHex(text[end + 1])) return MatchResult::None();
  }
  return MatchResult::Match(static_cast<uint16_t>(Entity::kMacAddress), kMacLength);
}

}  // namespace portcullis::policy
