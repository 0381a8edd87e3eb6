#include "libs/config/limitation.h"

#include <algorithm>

namespace portcullis::config {
namespace {

// The next part of a path: up to a dot, without its index.
std::string_view NextPart(std::string_view& path) {
  const size_t end = std::min(path.find('.'), path.size());
  std::string_view part = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return part;
}

bool SamePart(std::string_view pattern, std::string_view part) {
  if (pattern == "*") return part.find('[') == part.npos;
  const size_t open = pattern.find("[]");
  if (open == pattern.npos) return pattern == part;
  return part.substr(0, open) == pattern.substr(0, open) && part.size() > open && part[open] == '[';
}

bool Matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    if (!SamePart(NextPart(pattern), NextPart(path))) return false;
  }
  return pattern.empty() && path.empty();
}

}  // namespace

const Limitation* FindLimitation(const Limitations& table, std::string_view path, std::string_view value) {
  const Limitation* general = nullptr;
  for (const Limitation& row : table) {
    if (!Matches(row.path, path)) continue;
    if (row.value.empty()) {
      general = &row;
    } else if (row.value == value) {
      return &row;
    }
  }
  return general;
}

}  // namespace portcullis::config
