#include "libs/config/reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "libs/config/redact.h"
#include "libs/config/scalar.h"
#include "libs/config/suggest.h"

namespace portcullis::config {
namespace {

constexpr size_t kMaxListedKeys = 30;

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

class Reader {
 public:
  Reader(const Document& document, const Limitations& limitations, Issues& issues)
      : document_(document), limitations_(limitations), issues_(issues) {}

  void ReadTree(const SettingTree& tree, const Node& node, const Position& place, const std::string& path,
                void* object) {
    if (!node.is_mapping() && !node.is_null()) {
      Error(code::kWrongType, path, node.position,
            base::StrCat(Name(path), " must be a mapping, not ", Describe(node)),
            base::StrCat("its keys are: ", Join(tree.Keys())));
      return;
    }
    std::set<const Setting*> seen;
    for (const Entry& entry : node.entries) ReadEntry(tree, entry, path, object, seen);
    for (const Setting& setting : tree.settings) {
      if (!setting.meta.required || seen.count(&setting) > 0) continue;
      Error(code::kMissing, Join(path, setting.key), place,
            base::StrCat(Name(path), " lacks the key ", Quote(setting.key)),
            setting.meta.example.empty() ? setting.meta.doc : base::StrCat("write ", setting.meta.example));
    }
  }

 private:
  static std::string Join(const std::string& path, const std::string& key) {
    return path.empty() ? key : base::StrCat(path, ".", key);
  }
  static std::string Join(const std::vector<std::string>& words) { return config::Join(words); }
  static std::string Name(const std::string& path) { return path.empty() ? "the file" : path; }

  // The example, with the text as its NAME where the text may be one.
  static std::string Example(const Setting& setting, const std::string& text) {
    std::string example = setting.meta.example;
    const size_t name = example.find("NAME");
    if (name != example.npos && CheckVariableName(text).empty() && !LooksLikeSecret(text)) {
      example.replace(name, 4, text);
    }
    return example;
  }

  void Error(const char* code, const std::string& path, const Position& position, std::string message,
             std::string suggestion = "") {
    document_.Report(issues_, Severity::kError, code, path, position, std::move(message),
                     std::move(suggestion));
  }

  void ReadEntry(const SettingTree& tree, const Entry& entry, const std::string& parent, void* object,
                 std::set<const Setting*>& seen) {
    const std::string path = Join(parent, entry.key);
    if (parent.empty() && entry.key.compare(0, 2, "x-") == 0) return;
    if (IsRefused(path, entry)) {
      if (const Setting* setting = tree.Find(entry.key)) seen.insert(setting);
      return;
    }
    const Setting* setting = tree.Find(entry.key);
    if (setting == nullptr) {
      Unknown(tree, entry, parent, path);
      return;
    }
    if (!seen.insert(setting).second) {
      Error(code::kConflict, path, entry.position,
            base::StrCat(Quote(entry.key), " is another name of ", Quote(setting->key), ", which is set too"),
            "keep one of the two");
      return;
    }
    if (setting->key != entry.key) {
      document_.Report(issues_, Severity::kNote, code::kDeprecated, path, entry.position,
                       base::StrCat(Quote(entry.key), " is an old name of ", Quote(setting->key)),
                       base::StrCat("write ", setting->key));
    }
    if (!CheckSpelling(*setting, entry, path)) return;
    ReadSetting(*setting, entry, path, object);
  }

  // A row of the limitations; true when it refuses the entry.
  bool IsRefused(const std::string& path, const Entry& entry) {
    const Limitation* row = FindLimitation(limitations_, path, entry.value.scalar);
    if (row == nullptr) return false;
    const bool refused = row->kind == Limitation::Kind::kRefused;
    const bool about_value = !row->value.empty();
    const std::string what = about_value ? base::StrCat(path, ": ", entry.value.scalar) : path;
    document_.Report(issues_, refused ? Severity::kError : Severity::kNote,
                     refused ? code::kNotSupported : code::kNotBuilt, path,
                     about_value ? entry.value.position : entry.position, base::StrCat(what, " ", row->text));
    return refused;
  }

  void Unknown(const SettingTree& tree, const Entry& entry, const std::string& parent,
               const std::string& path) {
    const std::vector<std::string> keys = tree.Keys();
    const std::string near = Nearest(entry.key, keys);
    std::string suggestion = near.empty() ? "" : base::StrCat("did you mean ", Quote(near), "?");
    if (keys.size() <= kMaxListedKeys)
      suggestion += base::StrCat(near.empty() ? "" : " ", "valid: ", Join(keys));
    Error(tree.unknown_code, path, entry.position,
          base::StrCat("unknown ", tree.noun, " ", Quote(entry.key), " in ", Name(parent)), suggestion);
  }

  // Two spellings of one setting exclude each other; of equal values neither is in the way.
  bool CheckSpelling(const Setting& setting, const Entry& entry, const std::string& path) {
    if (setting.meta.same_as.empty()) return true;
    const Node* other = document_.Find(setting.meta.same_as);
    if (other == nullptr || other->is_null()) return true;
    if (other->is_scalar() && entry.value.is_scalar() && other->scalar == entry.value.scalar) return true;
    Error(code::kConflict, path, entry.position,
          base::StrCat(path, " and ", setting.meta.same_as, " are the same setting and differ"),
          base::StrCat("the other is at ", document_.Place(document_.Locate(setting.meta.same_as)),
                       "; keep one of the two"));
    return false;
  }

  void ReadSetting(const Setting& setting, const Entry& entry, const std::string& path, void* object) {
    if (setting.type == Type::kSection) {
      if (!setting.meta.example.empty() && entry.value.is_scalar()) {
        Error(code::kWrongType, path, entry.value.position,
              base::StrCat(path, " must be a mapping, not ", Describe(entry.value)),
              base::StrCat("write ", Example(setting, entry.value.scalar)));
        return;
      }
      ReadTree(*setting.children, entry.value, entry.position, path, setting.open(object));
      return;
    }
    if (setting.type == Type::kSections) {
      ReadList(setting, entry, path, object);
      return;
    }
    if (entry.value.is_null()) {
      Error(code::kWrongType, path, entry.position, base::StrCat(path, " has no value"),
            base::StrCat("give it one (", TypeName(setting.type), "), or remove the key"));
      return;
    }
    ScalarProblem problem;
    const Value value = ParseValue(setting, entry.value, problem);
    if (!std::holds_alternative<std::monostate>(value)) {
      setting.set(object, value);
      return;
    }
    Error(problem.code, path, problem.position, base::StrCat(path, " ", problem.message), problem.suggestion);
  }

  void ReadList(const Setting& setting, const Entry& entry, const std::string& path, void* object) {
    const Node& list = entry.value;
    if (!list.is_sequence()) {
      Error(code::kWrongType, path, list.is_null() ? entry.position : list.position,
            base::StrCat(path, " must be a list, not ", Describe(list)), "begin each entry with \"- \"");
      return;
    }
    if (list.items.size() > setting.meta.max_items) {
      Error(code::kOutOfRange, path, entry.position,
            base::StrCat(path, " must have at most ", setting.meta.max_items, " entries, not ",
                         list.items.size()));
      return;
    }
    for (size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = list.items[i];
      const std::string item_path = base::StrCat(path, "[", i, "]");
      ReadTree(*setting.children, item, item.position, item_path, setting.append(object));
    }
  }

  const Document& document_;
  const Limitations& limitations_;
  Issues& issues_;
};

}  // namespace

void Read(const Document& document, const SettingTree& tree, const Limitations& limitations, void* object,
          Issues& issues) {
  if (!document.root().is_mapping()) {
    document.Report(
        issues, Severity::kError, code::kSyntax, "", document.root().position,
        document.root().is_null() ? "the file is empty" : "the file must be a mapping of keys to values",
        base::StrCat("its keys are: ", Join(tree.Keys())));
    return;
  }
  Reader(document, limitations, issues).ReadTree(tree, document.root(), Position{}, "", object);
}

}  // namespace portcullis::config
