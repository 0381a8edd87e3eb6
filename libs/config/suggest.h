// Did you mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

// The number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal
// string alignment), ignoring case and treating '-' and '_' as equal. Both are cut at 64 bytes.
size_t EditDistance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, or "" when none is near: at most a third of the word's length in edits, or
// one is the beginning of the other (4 bytes at least). Of equally near ones the first.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace portcullis::config
