#include "services/audit/adapters/store/sql/log_writer.h"

#include <utility>

#include "libs/base/status_macros.h"

namespace portcullis::audit::sql {
namespace {

std::string_view View(const auto& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

absl::Status LogWriter::Prepare() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&read_tile_, "SELECT hashes FROM tiles WHERE level = ? AND tile = ?"},
      {&write_tile_,
       "INSERT INTO tiles(level, tile, hashes) VALUES(?, ?, ?) "
       "ON CONFLICT(level, tile) DO UPDATE SET hashes = excluded.hashes"},
      {&insert_run_, "INSERT INTO runs(position, leaf, count) VALUES(?, ?, ?)"},
      {&extend_run_,
       "UPDATE runs SET count = count + ?3 WHERE position = (SELECT max(position) FROM runs) "
       "AND position + count = ?1 AND leaf + count = ?2"},
      {&save_size_, "UPDATE tree SET size = ?"},
      {&insert_head_,
       "INSERT INTO heads(size, root, time_us, key_id, signature) VALUES(?, ?, ?, ?, ?) "
       "ON CONFLICT(size) DO UPDATE SET root = excluded.root, time_us = excluded.time_us, "
       "key_id = excluded.key_id, signature = excluded.signature"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(*statement, database_.Prepare(sql));
  }
  return OpenTree();
}

absl::Status LogWriter::OpenTree() {
  ASSIGN_OR_RETURN(const int64_t size, database_.QueryNumber("SELECT size FROM tree"));
  size_ = static_cast<uint64_t>(size);
  ASSIGN_OR_RETURN(tree_, TileTree::Open(size_, *this));
  return absl::OkStatus();
}

void LogWriter::Add(int64_t number, const LeafId& id, std::string_view bytes) {
  hashes_.push_back(HashOfLeaf(hasher_, id, bytes));
  if (!runs_.empty() && runs_.back().leaf + runs_.back().count == number) {
    ++runs_.back().count;
  } else {
    runs_.push_back({number, 1});
  }
}

absl::Status LogWriter::Write() {
  if (hashes_.empty()) return absl::OkStatus();
  if (!tree_) RETURN_IF_ERROR(OpenTree());
  int64_t position = static_cast<int64_t>(size_);
  for (const Run& run : runs_) {
    RETURN_IF_ERROR(extend_run_.Bind(1, position).Bind(2, run.leaf).Bind(3, run.count).Run());
    if (database_.changes() == 0) {
      RETURN_IF_ERROR(insert_run_.Bind(1, position).Bind(2, run.leaf).Bind(3, run.count).Run());
    }
    position += run.count;
  }
  RETURN_IF_ERROR(tree_->Append(hashes_));
  RETURN_IF_ERROR(save_size_.Bind(1, position).Run());
  size_ = static_cast<uint64_t>(position);
  hashes_.clear();
  runs_.clear();
  return absl::OkStatus();
}

void LogWriter::Forget() {
  hashes_.clear();
  runs_.clear();
  tree_.reset();
}

absl::Status LogWriter::AddHead(const LogHead& head) {
  return insert_head_.Bind(1, static_cast<int64_t>(head.size))
      .BindBlob(2, View(head.root))
      .Bind(3, head.time_us)
      .Bind(4, head.key_id)
      .BindBlob(5, View(head.signature))
      .Run();
}

absl::StatusOr<std::string> LogWriter::ReadTile(int level, uint64_t tile) {
  return read_tile_.Bind(1, int64_t{level}).Bind(2, static_cast<int64_t>(tile)).RunForBytes();
}

absl::Status LogWriter::WriteTile(int level, uint64_t tile, std::string_view hashes) {
  return write_tile_.Bind(1, int64_t{level}).Bind(2, static_cast<int64_t>(tile)).BindBlob(3, hashes).Run();
}

}  // namespace portcullis::audit::sql
