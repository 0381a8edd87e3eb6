#include "services/audit/adapters/store/sqlite/record_writer.h"

#include <charconv>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/audit/domain/merge.h"

namespace portcullis::audit::sqlite {

absl::Status RecordWriter::Prepare() {
  ASSIGN_OR_RETURN(insert_, database_.Prepare(InsertRecordSql()));
  ASSIGN_OR_RETURN(find_, database_.Prepare(SelectRecordSql()));
  ASSIGN_OR_RETURN(remove_, database_.Prepare("DELETE FROM records WHERE row = ?"));
  ASSIGN_OR_RETURN(save_row_, database_.Prepare("UPDATE meta SET value = ? WHERE key = 'next_row'"));
  RETURN_IF_ERROR(names_.Prepare());
  return LoadRow();
}

absl::Status RecordWriter::LoadRow() {
  ASSIGN_OR_RETURN(next_row_, database_.QueryNumber("SELECT value FROM meta WHERE key = 'next_row'"));
  return blocks_.Open(next_row_);
}

absl::Status RecordWriter::Add(int64_t root, int64_t leaf, const LeafIndex& index) {
  RecordRow row;
  row.root = root;
  row.layer = LayerOf(index.kind, index.names[kOutcomeName]);
  row.request_id = index.request_id;
  row.time_us = index.time_us;
  for (size_t i = 0; i < kNameColumns; ++i) {
    ASSIGN_OR_RETURN(row.names[i], names_.Number(i, i == kFindingsName ? index.findings : index.names[i]));
  }
  row.http_status = index.http_status;
  row.prompt_tokens = index.prompt_tokens;
  row.completion_tokens = index.completion_tokens;
  row.cost_nano_usd = index.cost_nano_usd;
  row.total_us = index.total_us;
  char digits[24];
  row.leaves.assign(digits, std::to_chars(digits, digits + sizeof(digits), leaf).ptr);
  const auto [entry, is_new] = by_root_.try_emplace(root, changes_.size());
  if (is_new) {
    changes_.push_back({std::move(row), leaf == root});
  } else {
    Change& change = changes_[entry->second];
    Lay(row, &change.record);
    change.has_root = change.has_root || leaf == root;
  }
  return absl::OkStatus();
}

absl::Status RecordWriter::Write() {
  if (changes_.empty()) return blocks_.Write();
  for (Change& change : changes_) RETURN_IF_ERROR(WriteOne(change));
  changes_.clear();
  by_root_.clear();
  RETURN_IF_ERROR(blocks_.Write());
  return save_row_.Bind(1, next_row_).Run();
}

absl::Status RecordWriter::WriteOne(Change& change) {
  bool written = false;
  if (change.has_root) {
    BindRecord(change.record, next_row_, insert_);
    RETURN_IF_ERROR(insert_.Run());
    written = database_.changes() > 0;
  }
  if (!written) {
    RETURN_IF_ERROR(LayOverStored(&change.record).status());
    BindRecord(change.record, next_row_, insert_);
    RETURN_IF_ERROR(insert_.Run());
  }
  return blocks_.Add(next_row_++, change.record);
}

// Takes the stored record of the same root away, if there is one, and makes `record` what both say together.
absl::StatusOr<bool> RecordWriter::LayOverStored(RecordRow* record) {
  const absl::StatusOr<bool> found = find_.Bind(1, record->root).Step();
  const int64_t row = found.ok() && *found ? find_.Number(0) : 0;
  RecordRow stored;
  if (row != 0) stored = ReadRecord(find_);
  find_.Reset();
  RETURN_IF_ERROR(found.status());
  if (row == 0) return false;
  Lay(*record, &stored);
  *record = std::move(stored);
  RETURN_IF_ERROR(Remove(row));
  return true;
}

absl::Status RecordWriter::Remove(int64_t row) {
  blocks_.Remove(row);
  return remove_.Bind(1, row).Run();
}

absl::Status RecordWriter::Forget() {
  changes_.clear();
  by_root_.clear();
  names_.Forget();
  return LoadRow();
}

}  // namespace portcullis::audit::sqlite
