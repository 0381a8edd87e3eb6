// Trees of nodes made by code, and paths through them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/config/node.h"

namespace portcullis::config {

Node TextNode(std::string text, const Position& position = {});
Node ListNode(const Position& position = {});
Node ListNode(const std::vector<std::string>& texts, const Position& position = {});
Node MappingNode(const Position& position = {});

// Sets the value of a key, where it stands if it is there, else after the others.
void Put(Node& mapping, std::string key, Node value);

struct PathStep {
  std::string_view key;
  int index = -1;  // >= 0: of a list
};

// "a.b[2].c" -> a, b, [2], c. Text that is not a path yields steps that match nothing. Valid as long as
// `path`.
std::vector<PathStep> SplitPath(std::string_view path);

}  // namespace portcullis::config
