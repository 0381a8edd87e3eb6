// How common a word is in ordinary text: rare words make good triggers.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::policy {

enum class Commonness : uint8_t { kRare, kCommon, kVeryCommon };

// `word`: lower case. Words of other languages than English count as rare, but for a few.
Commonness CommonnessOf(std::string_view word);

// The commonest of the words that begin with `prefix`.
Commonness CommonnessOfPrefix(std::string_view prefix);

}  // namespace portcullis::policy
