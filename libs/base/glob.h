// Patterns in which `*` stands for any run of bytes and `?` for one byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::base {

// Time at most the product of both lengths.
bool GlobMatches(std::string_view pattern, std::string_view text);

// Whether one of the patterns fits; with no pattern, everything does.
bool AnyGlobMatches(const std::vector<std::string>& patterns, std::string_view text);

}  // namespace portcullis::base
