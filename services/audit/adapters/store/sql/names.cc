#include "services/audit/adapters/store/sql/names.h"

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sql {
namespace {

constexpr size_t kMaxKnown = 65'536;  // texts of a column that are remembered

}  // namespace

absl::Status Names::Prepare() {
  ASSIGN_OR_RETURN(find_, database_.Prepare("SELECT id FROM names WHERE kind = ? AND text = ?"));
  ASSIGN_OR_RETURN(insert_, database_.Prepare("INSERT INTO names(kind, text) VALUES(?, ?) RETURNING id"));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Names::Number(size_t column, std::string_view text) {
  if (text.empty()) return 0;
  if (last_[column] != nullptr && last_[column]->first == text) return last_[column]->second;
  Known& known = known_[column];
  auto entry = known.find(text);
  if (entry == known.end()) {
    ASSIGN_OR_RETURN(const int64_t number, Find(column, text));
    if (known.size() >= kMaxKnown) known.clear();
    entry = known.emplace(text, number).first;
  }
  last_[column] = &*entry;  // entries of an unordered_map stay where they are
  return entry->second;
}

absl::StatusOr<int64_t> Names::Find(size_t column, std::string_view text) {
  const int64_t kind = static_cast<int64_t>(column);
  ASSIGN_OR_RETURN(const int64_t number, find_.Bind(1, kind).Bind(2, text).RunForNumber());
  if (number != 0) return number;
  return insert_.Bind(1, kind).Bind(2, text).RunForNumber();
}

absl::Status Names::RemoveUnused() {
  for (size_t column = 0; column < kNameColumns; ++column) {
    ASSIGN_OR_RETURN(Statement remove, database_.Prepare(base::StrCat(
                                           "DELETE FROM names WHERE id IN (SELECT id FROM names WHERE kind = ? "
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
