// Words before a match that say what it is.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

// Whether one of `words` (lower case, letters only) stands as a word in the `reach` bytes before `position`.
// `reach` is at most kContextBytes. A word that the reach cuts counts by the part inside.
bool HasContextWord(const Window& window, size_t position, size_t reach,
                    std::span<const std::string_view> words);

}  // namespace portcullis::policy
