#include "libs/config/tree.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace portcullis::config {

Node TextNode(std::string text, const Position& position) {
  return {Node::Kind::kScalar, position, std::move(text), false, {}, {}};
}

Node ListNode(const Position& position) { return {Node::Kind::kSequence, position, {}, false, {}, {}}; }

Node ListNode(const std::vector<std::string>& texts, const Position& position) {
  Node list = ListNode(position);
  for (const std::string& text : texts) list.items.push_back(TextNode(text, position));
  return list;
}

Node MappingNode(const Position& position) { return {Node::Kind::kMapping, position, {}, false, {}, {}}; }

void Put(Node& mapping, std::string key, Node value) {
  for (Entry& entry : mapping.entries) {
    if (entry.key != key) continue;
    entry.value = std::move(value);
    return;
  }
  const Position position = value.position;
  mapping.entries.push_back({std::move(key), position, std::move(value)});
}

std::vector<PathStep> SplitPath(std::string_view path) {
  std::vector<PathStep> steps;
  while (!path.empty()) {
    if (path.front() == '[') {
      const size_t close = std::min(path.find(']'), path.size() - 1);
      int index = 0;
      std::from_chars(path.data() + 1, path.data() + close, index);
      steps.push_back({{}, index});
      path.remove_prefix(close + 1);
    } else {
      const size_t end = std::min(path.find_first_of(".["), path.size());
      if (end > 0) steps.push_back({path.substr(0, end), -1});
      path.remove_prefix(end);
      if (!path.empty() && path.front() == '.') path.remove_prefix(1);
    }
  }
  return steps;
}

}  // namespace portcullis::config
