#include "apps/portcullis/migrate/migration.h"

#include <filesystem>
#include <utility>

#include "libs/base/strings.h"

namespace portcullis::app {

using config::MappingNode;
using config::Node;
using config::Position;
using config::Put;
using config::TextNode;

void Remarks::NotCarried(const Position& position, std::string_view what, std::string_view why) {
  Note(position, what, base::StrCat("not carried over: ", why));
}

void Remarks::Note(const Position& position, std::string_view what, std::string_view text) {
  remarks_.push_back({position, base::StrCat(file_.Place(position), ": ", what, ": ", text)});
}

std::optional<std::string> TextOf(const Node& mapping, std::string_view key) {
  const Node* node = mapping.Find(key);
  if (node == nullptr || !node->is_scalar()) return std::nullopt;
  return node->scalar;
}

void NamePack(const std::string& file, Node& root) {
  Node pack = MappingNode();
  Node name = TextNode(std::filesystem::path(file).stem().string().substr(0, 200));
  name.quoted = true;
  Put(pack, "name", std::move(name));
  Put(pack, "version", TextNode("1.0.0"));
  Put(pack, "enabled", TextNode("true"));
  std::erase_if(root.entries, [](const config::Entry& entry) { return entry.key == "pack"; });
  root.entries.insert(root.entries.begin(), {"pack", Position{}, std::move(pack)});
}

}  // namespace portcullis::app
