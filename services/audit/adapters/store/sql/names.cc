#include "services/audit/adapters/store/sql/names.h"

#include <algorithm>
#include <span>
#include <tuple>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sql {
namespace {

constexpr size_t kMaxKnown = 65'536;  // texts of a column that are remembered

}  // namespace

absl::Status Names::Learn(std::vector<Name> names) {
  std::erase_if(names, [this](const Name& name) {
    return name.text.empty() || known_[name.column].find(name.text) != known_[name.column].end();
  });
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) {
    return std::tie(a.column, a.text) < std::tie(b.column, b.text);
  });
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, tables_.NumberNames(names));
  last_ = {};
  for (Known& known : known_) {
    if (known.size() >= kMaxKnown) known.clear();
  }
  for (size_t i = 0; i < names.size(); ++i) known_[names[i].column].emplace(names[i].text, numbers[i]);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Names::Number(size_t column, std::string_view text) {
  if (text.empty()) return 0;
  if (last_[column] != nullptr && last_[column]->first == text) return last_[column]->second;
  Known& known = known_[column];
  auto entry = known.find(text);
  if (entry == known.end()) {
    const Name name = {column, text};
    ASSIGN_OR_RETURN(const std::vector<int64_t> number, tables_.NumberNames(std::span(&name, 1)));
    if (known.size() >= kMaxKnown) known.clear();
    entry = known.emplace(text, number.at(0)).first;
  }
  last_[column] = &*entry;  // entries of an unordered_map stay where they are
  return entry->second;
}

absl::Status Names::RemoveUnused() {
  for (size_t column = 0; column < kNameColumns; ++column) {
    ASSIGN_OR_RETURN(
        Statement remove,
        database_.Prepare(base::StrCat("DELETE FROM names WHERE id IN (SELECT id FROM names WHERE kind = ? "
                                       "EXCEPT SELECT name_",
                                       NameColumn(column), " FROM records)")));
    RETURN_IF_ERROR(remove.Bind(1, static_cast<int64_t>(column)).Run());
  }
  Forget();
  return absl::OkStatus();
}

void Names::Forget() {
  for (Known& known : known_) known.clear();
  last_ = {};
}

}  // namespace portcullis::audit::sql
