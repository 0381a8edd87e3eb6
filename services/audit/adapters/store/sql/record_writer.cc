#include "services/audit/adapters/store/sql/record_writer.h"

#include <charconv>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/audit/domain/merge.h"

namespace portcullis::audit::sql {

absl::Status RecordWriter::Prepare() {
  ASSIGN_OR_RETURN(save_row_, database_.Prepare("UPDATE meta SET value = ? WHERE key = 'next_row'"));
  return LoadRow();
}

absl::Status RecordWriter::LoadRow() {
  ASSIGN_OR_RETURN(next_row_, database_.QueryNumber("SELECT value FROM meta WHERE key = 'next_row'"));
  return blocks_.Open(next_row_);
}

absl::Status RecordWriter::Expect(std::span<const IndexedLeaf* const> leaves) {
  if (!tables_.names_at_once()) return absl::OkStatus();
  std::vector<Name> names;
  for (const IndexedLeaf* leaf : leaves) {
    if (leaf->index.request_id.empty()) continue;
    for (size_t i = 0; i < leaf->index.names.size(); ++i) names.push_back({i, leaf->index.names[i]});
    names.push_back({kFindingsName, leaf->index.findings});
  }
  return names_.Learn(std::move(names));
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
  std::vector<int64_t> roots;
  for (const Change& change : changes_) roots.push_back(change.record.root);
  if (!roots.empty()) RETURN_IF_ERROR(tables_.ExpectRecords(roots));
  for (Change& change : changes_) RETURN_IF_ERROR(WriteOne(change));
  RETURN_IF_ERROR(tables_.FlushRecords());
  RETURN_IF_ERROR(blocks_.Write());
  changes_.clear();
  by_root_.clear();
  return roots.empty() ? absl::OkStatus() : save_row_.Bind(1, next_row_).Run();
}

absl::Status RecordWriter::WriteOne(Change& change) {
  bool written = false;
  if (change.has_root) {
    ASSIGN_OR_RETURN(written, tables_.InsertRecord(next_row_, change.record));
  }
  if (!written) {
    RETURN_IF_ERROR(LayOverStored(&change.record));
    RETURN_IF_ERROR(tables_.InsertRecord(next_row_, change.record).status());
  }
  return blocks_.Add(next_row_++, change.record);
}

// Takes the stored record of the same root away, if there is one, and makes `record` what both say together.
absl::Status RecordWriter::LayOverStored(RecordRow* record) {
  ASSIGN_OR_RETURN(auto stored, tables_.FindRecord(record->root));
  if (!stored) return absl::OkStatus();
  Lay(*record, &stored->second);
  *record = std::move(stored->second);
  return Remove(stored->first);
}

absl::Status RecordWriter::Remove(int64_t row) {
  blocks_.Remove(row);
  return tables_.RemoveRecord(row);
}

absl::Status RecordWriter::Forget() {
  changes_.clear();
  by_root_.clear();
  names_.Forget();
  return LoadRow();
}

}  // namespace portcullis::audit::sql
