#include "services/audit/adapters/store/sqlite/record_row.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::audit::sqlite {
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

std::string CreateRecordsSql() {
  return base::StrCat("CREATE TABLE records(row INTEGER PRIMARY KEY, ", Columns(" INTEGER NOT NULL"),
                      ", request_id TEXT NOT NULL, leaves TEXT NOT NULL)");
}

std::string InsertRecordSql() {
  std::string sql =
      base::StrCat("INSERT OR IGNORE INTO records(row, ", Columns(""), ", request_id, leaves) VALUES(?1");
  for (int i = 2; i <= kColumns + 1; ++i) sql += base::StrCat(", ?", i);
  return sql + ")";
}

std::string SelectRecordSql() {
  return base::StrCat("SELECT row, ", Columns(""), ", request_id, leaves FROM records WHERE root = ?1");
}

std::string SelectRecordsFromSql() {
  return base::StrCat("SELECT row, ", Columns(""),
                      ", request_id, leaves FROM records WHERE row >= ?1 ORDER BY row");
}

void BindRecord(const RecordRow& record, int64_t row, Statement& statement) {
  statement.Bind(1, row).Bind(2, record.root).Bind(3, int64_t{record.layer}).Bind(4, record.time_us);
  int column = 5;
  for (const int64_t name : record.names) statement.Bind(column++, name);
  for (const int64_t number : {record.http_status, record.prompt_tokens, record.completion_tokens,
                               record.cost_nano_usd, record.total_us}) {
    statement.Bind(column++, number);
  }
  statement.Bind(column, std::string_view(record.request_id))
      .Bind(column + 1, std::string_view(record.leaves));
}

RecordRow ReadRecord(const Statement& statement) {
  RecordRow record;
  record.root = statement.Number(1);
  record.layer = static_cast<int>(statement.Number(2));
  record.time_us = statement.Number(3);
  int column = 4;
  for (int64_t& name : record.names) name = statement.Number(column++);
  for (int64_t* number : Numbers(record)) *number = statement.Number(column++);
  record.request_id = statement.Bytes(column);
  record.leaves = statement.Bytes(column + 1);
  return record;
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

}  // namespace portcullis::audit::sqlite
