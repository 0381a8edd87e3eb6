#include "services/audit/adapters/store/sql/record_row.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::audit::sql {
namespace {

constexpr std::array<std::string_view, 5> kNumberColumns = {"http_status", "prompt_tokens",
                                                            "completion_tokens", "cost_nano_usd", "total_us"};
constexpr int kColumns =
    5 + static_cast<int>(kNameColumns + kNumberColumns.size());  // without the row number

std::string Columns(std::string_view type) {
  std::string columns = base::StrCat("root", type, ", layer", type, ", time_us", type);
  for (size_t i = 0; i < kNameColumns; ++i) columns += base::StrCat(", name_", NameColumn(i), type);
  for (const std::string_view name : kNumberColumns) columns += base::StrCat(", ", name, type);
  return columns;
}

std::array<int64_t*, kNumberColumns.size()> Numbers(RecordRow& record) {
  return {&record.http_status, &record.prompt_tokens, &record.completion_tokens, &record.cost_nano_usd,
          &record.total_us};
}

}  // namespace

std::string_view NameColumn(size_t index) {
  return index == kFindingsName ? "findings" : kDimensions[index].name;
}

std::string CreateRecordsSql(std::string_view number_type, std::string_view text_type) {
  return base::StrCat("CREATE TABLE records(row ", number_type, " PRIMARY KEY, ",
                      Columns(base::StrCat(" ", number_type, " NOT NULL")), ", request_id ", text_type,
                      " NOT NULL, leaves ", text_type, " NOT NULL)");
}

std::string RecordValues() { return base::StrCat(Columns(""), ", request_id, leaves"); }

std::string RecordColumns() { return "row, " + RecordValues(); }

std::string InsertRecordSql() {
  std::string sql = base::StrCat("INSERT INTO records(", RecordColumns(), ") VALUES(?1");
  for (int i = 2; i <= kColumns + 1; ++i) sql += base::StrCat(", ?", i);
  return sql + ") ON CONFLICT DO NOTHING";
}

std::string SelectRecordSql() {
  return base::StrCat("SELECT ", RecordColumns(), " FROM records WHERE root = ?1");
}

std::string SelectRecordsFromSql() {
  return base::StrCat("SELECT ", RecordColumns(), " FROM records WHERE row >= ?1 ORDER BY row");
}

void BindRecord(const RecordRow& record, int64_t row, Statement& statement) {
  int column = 1;
  VisitRecord(
      record, row, [&](int64_t number) { statement.Bind(column++, number); },
      [&](std::string_view text) { statement.Bind(column++, text); });
}

RecordRow RecordOf(absl::FunctionRef<int64_t(int column)> number,
                   absl::FunctionRef<std::string(int column)> text) {
  RecordRow record;
  record.root = number(1);
  record.layer = static_cast<int>(number(2));
  record.time_us = number(3);
  int column = 4;
  for (int64_t& name : record.names) name = number(column++);
  for (int64_t* value : Numbers(record)) *value = number(column++);
  record.request_id = text(column);
  record.leaves = text(column + 1);
  return record;
}

RecordRow ReadRecord(const Statement& statement) {
  return RecordOf([&](int column) { return statement.Number(column); },
                  [&](int column) { return statement.Bytes(column); });
}

void Lay(const RecordRow& leaf, RecordRow* record) {
  const bool above = leaf.layer >= record->layer;
  const auto lay = [above](int64_t& field, int64_t over, int64_t unknown) {
    if (field == unknown || (above && over != unknown)) field = over;
  };
  for (size_t i = 0; i < kNameColumns; ++i) lay(record->names[i], leaf.names[i], 0);
  lay(record->http_status, leaf.http_status, 0);
  lay(record->prompt_tokens, leaf.prompt_tokens, 0);
  lay(record->completion_tokens, leaf.completion_tokens, 0);
  lay(record->cost_nano_usd, leaf.cost_nano_usd, kCostUnknown);
  lay(record->total_us, leaf.total_us, 0);
  record->layer = std::max(record->layer, leaf.layer);
  record->leaves += ' ';
  record->leaves += leaf.leaves;
}

}  // namespace portcullis::audit::sql
