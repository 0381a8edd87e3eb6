#include "apps/portcullis/migrate/migration.h"

#include <filesystem>
#include <utility>

#include "libs/base/strings.h"

namespace portcullis::app {

using config::Node;
using config::Position;

void Remarks::NotCarried(const Position& position, std::string_view what, std::string_view why) {
  Note(position, what, base::StrCat("not carried over: ", why));
}

void Remarks::Note(const Position& position, std::string_view what, std::string_view text) {
  remarks_.push_back({position, base::StrCat(file_.Place(position), ": ", what, ": ", text)});
}

Node Text(std::string text, Position position) {
  return {Node::Kind::kScalar, position, std::move(text), false, {}, {}};
}

Node List(const std::vector<std::string>& texts) {
  Node list{Node::Kind::kSequence, {}, {}, false, {}, {}};
  for (const std::string& text : texts) list.items.push_back(Text(text));
  return list;
}

Node Mapping(Position position) { return {Node::Kind::kMapping, position, {}, false, {}, {}}; }

void Put(Node& mapping, std::string key, Node value) {
  for (config::Entry& entry : mapping.entries) {
    if (entry.key != key) continue;
    entry.value = std::move(value);
    return;
  }
  const Position position = value.position;
  mapping.entries.push_back({std::move(key), position, std::move(value)});
}

std::optional<std::string> TextOf(const Node& mapping, std::string_view key) {
  const Node* node = mapping.Find(key);
  if (node == nullptr || !node->is_scalar()) return std::nullopt;
  return node->scalar;
}

void EnsurePack(const std::string& file, Node& root) {
  if (root.Find("pack") != nullptr) return;
  Node pack = Mapping();
  Node name = Text(std::filesystem::path(file).stem().string().substr(0, 200));
  name.quoted = true;
  Put(pack, "name", std::move(name));
  Put(pack, "version", Text("1.0.0"));
  Put(pack, "enabled", Text("true"));
  root.entries.insert(root.entries.begin(), {"pack", Position{}, std::move(pack)});
}

}  // namespace portcullis::app
