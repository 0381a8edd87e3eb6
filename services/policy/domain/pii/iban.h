// International bank account numbers (ISO 13616): length by country, check digits mod 97 (ISO 7064).
// Written together, or in groups of four with single spaces or dashes.
#pragma once

#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxIbanLength = 34 + 8;  // with its separators

// Whether `compact` (letters and digits only, any case) is a valid IBAN.
bool IsIban(std::string_view compact);

MatchResult MatchIban(const Window& window, size_t position);

}  // namespace portcullis::policy
