// A logical record as the index has it: texts by their number in the table of names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/api/leaf_index.h"

namespace portcullis::audit::sql {

// The dimensions, and after them the text of the findings.
inline constexpr size_t kFindingsName = kDimensions.size();
inline constexpr size_t kNameColumns = kDimensions.size() + 1;
inline constexpr size_t kReasonName = 6, kOutcomeName = 4;
static_assert(kDimensions[kReasonName].name == "reason" && kDimensions[kOutcomeName].name == "outcome");

struct RecordRow {
  int64_t root = 0;
  int layer = 0;  // LayerOf (domain/merge.h) of its uppermost leaf
  std::string request_id;
  int64_t time_us = 0;
  std::array<int64_t, kNameColumns> names{};  // 0 = ""
  int64_t http_status = 0;
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
  int64_t cost_nano_usd = kCostUnknown;
  int64_t total_us = 0;
  std::string leaves;  // numbers by arrival, separated by spaces
};

// The name of a column of `names`: that of the dimension, or "findings".
std::string_view NameColumn(size_t index);

// The table, and statements that write and read whole rows. A database has its own words for the types of
// numbers and of texts.
std::string CreateRecordsSql(std::string_view number_type, std::string_view text_type);
std::string RecordColumns();         // row number, then the record
std::string RecordValues();          // the same without the row number
std::string InsertRecordSql();       // the same as parameters; a root that is there is ignored
std::string SelectRecordSql();       // by root
std::string SelectRecordsFromSql();  // all from a row number on

// Calls `number` and `text` with the values of a whole row, in the order of RecordColumns.
template <typename Number, typename Text>
void VisitRecord(const RecordRow& record, int64_t row, Number&& number, Text&& text) {
  for (const int64_t value : {row, record.root, int64_t{record.layer}, record.time_us}) number(value);
  for (const int64_t name : record.names) number(name);
  for (const int64_t value : {record.http_status, record.prompt_tokens, record.completion_tokens,
                              record.cost_nano_usd, record.total_us}) {
    number(value);
  }
  text(std::string_view(record.request_id));
  text(std::string_view(record.leaves));
}

void BindRecord(const RecordRow& record, int64_t row, Statement& statement);

// The record of a row that has the columns of RecordColumns.
RecordRow RecordOf(absl::FunctionRef<int64_t(int column)> number,
                   absl::FunctionRef<std::string(int column)> text);
RecordRow ReadRecord(const Statement& statement);

// Lays one more leaf of the same record over the others, whatever came first: what the leaf fills replaces
// what the layers below it say, and fills what the layers above it leave open. The numbers of its leaves come
// after the others.
void Lay(const RecordRow& leaf, RecordRow* record);

}  // namespace portcullis::audit::sql
