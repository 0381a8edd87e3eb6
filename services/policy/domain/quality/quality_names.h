// Names of quality-scorer that the configuration needs.
#pragma once

#include <array>
#include <string_view>

namespace portcullis::policy {

inline constexpr std::array<std::string_view, 14> kAssertionTypes = {
    "contains",  "starts-with", "ends-with", "equals",    "regex",         "is-json",       "contains-json",
    "min-chars", "max-chars",   "min-words", "max-words", "min-sentences", "max-sentences", "language"};

}  // namespace portcullis::policy
