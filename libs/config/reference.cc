#include "libs/config/reference.h"

#include <nlohmann/json.hpp>

#include "libs/base/strings.h"
#include "libs/config/scalar.h"

namespace portcullis::config {
namespace {

// Text inside a table's cell.
std::string Cell(std::string_view text) {
  std::string cell;
  for (char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

struct ToText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const Secret&) const { return ""; }
  template <typename V>
  std::string operator()(const V& value) const {
    const nlohmann::ordered_json json = value;
    if (json.empty() || json == "") return "";
    return base::StrCat("`", json.is_string() ? json.get<std::string>() : json.dump(), "`");
  }
};

std::string Default(const SettingTree& parent, const Setting& setting) {
  if (setting.meta.required) return "required";
  if (!setting.meta.default_doc.empty()) return setting.meta.default_doc;
  return std::visit(ToText{}, setting.get(parent.defaults.get()));
}

std::string TypeCell(const Setting& setting) {
  std::string type = TypeName(setting.type);
  const std::string allowed = Allowed(setting, true);
  if (setting.type == Type::kEnum) return allowed;
  if (!setting.meta.unit.empty()) type += base::StrCat(", ", setting.meta.unit);
  if (!allowed.empty()) type += base::StrCat(", ", allowed);
  return type;
}

std::string Meaning(const Setting& setting) {
  std::string text = setting.meta.doc;
  for (const Choice& choice : setting.choices) {
    if (!choice.doc.empty()) text += base::StrCat(" `", choice.name, "`: ", choice.doc);
  }
  if (!setting.meta.same_as.empty())
    text += base::StrCat(" Another spelling of `", setting.meta.same_as, "`.");
  for (const std::string& old : setting.meta.deprecated) text += base::StrCat(" Old name: `", old, "`.");
  if (setting.meta.needs_restart) text += " A change needs a restart.";
  return Cell(text);
}

void Append(const SettingTree& tree, const std::string& path, std::string& out) {
  if (!path.empty()) out += base::StrCat("## `", path, "`\n\n");
  if (!tree.doc.empty()) out += base::StrCat(tree.doc, "\n\n");
  std::string rows;
  for (const Setting& setting : tree.settings) {
    if (setting.has_children()) continue;
    rows += base::StrCat("| `", setting.key, "` | ", TypeCell(setting), " | ", Default(tree, setting), " | ",
                         Meaning(setting), " |\n");
  }
  if (!rows.empty())
    out += base::StrCat("| key | value | default | meaning |\n|---|---|---|---|\n", rows, "\n");
  for (const Setting& setting : tree.settings) {
    if (!setting.has_children()) continue;
    const std::string inner = path.empty() ? setting.key : base::StrCat(path, ".", setting.key);
    Append(*setting.children, setting.type == Type::kSections ? inner + "[]" : inner, out);
  }
}

}  // namespace

std::string Reference(const SettingTree& tree) {
  std::string out;
  Append(tree, "", out);
  return out;
}

}  // namespace portcullis::config
