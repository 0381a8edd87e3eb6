#include "services/audit/adapters/store/sqlite/log_reader.h"

#include <algorithm>
#include <cstring>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sqlite {
namespace {

// The columns of a head, from `root` on.
absl::Status FillHead(const Statement& row, LogHead* head) {
  const std::string root = row.Bytes(1), signature = row.Bytes(4);
  if (root.size() != head->root.size() || signature.size() != head->signature.size()) {
    return absl::DataLossError("audit database: a head whose root or signature has the wrong length");
  }
  head->size = static_cast<uint64_t>(row.Number(0));
  std::memcpy(head->root.data(), root.data(), root.size());
  head->time_us = row.Number(2);
  head->key_id = row.Bytes(3);
  std::memcpy(head->signature.data(), signature.data(), signature.size());
  return absl::OkStatus();
}

}  // namespace

absl::Status LogReader::Prepare() {
  ASSIGN_OR_RETURN(read_tile_, database_.Prepare("SELECT hashes FROM tiles WHERE level = ? AND tile = ?"));
  ASSIGN_OR_RETURN(leaf_, database_.Prepare("SELECT bytes FROM leaves WHERE leaf = ?"));
  ASSIGN_OR_RETURN(index_of_, database_.Prepare("SELECT position + ?1 - leaf FROM runs WHERE leaf = "
                                                "(SELECT max(leaf) FROM runs WHERE leaf <= ?1) "
                                                "AND ?1 < leaf + count"));
  ASSIGN_OR_RETURN(Statement log, database_.Prepare("SELECT id FROM log"));
  ASSIGN_OR_RETURN(const bool row, log.Step());
  if (!row) return absl::DataLossError("audit database: the log has no id");
  log_id_ = log.Bytes(0);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> LogReader::TreeSize() {
  ASSIGN_OR_RETURN(const int64_t size,
                   database_.QueryNumber("SELECT value FROM meta WHERE key = 'tree_size'"));
  return static_cast<uint64_t>(size);
}

absl::StatusOr<uint64_t> LogReader::IndexOf(int64_t number) {
  const absl::StatusOr<bool> row = index_of_.Bind(1, number).Step();
  const bool found = row.ok() && *row;
  const int64_t index = found ? index_of_.Number(0) : 0;
  index_of_.Reset();
  RETURN_IF_ERROR(row.status());
  if (!found) return absl::NotFoundError("the audit log has no such leaf");
  return static_cast<uint64_t>(index);
}

absl::Status LogReader::ForEachEntry(uint64_t begin, uint64_t end, IdOf id_of,
                                     absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  ASSIGN_OR_RETURN(Statement runs,
                   database_.Prepare("SELECT position, leaf, count FROM runs WHERE position >= "
                                     "(SELECT max(position) FROM runs WHERE position <= ?1) "
                                     "AND position < ?2 ORDER BY position"));
  cached_.clear();
  runs.Bind(1, static_cast<int64_t>(begin)).Bind(2, static_cast<int64_t>(end));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, runs.Step());
    if (!row) return absl::OkStatus();
    const uint64_t first = static_cast<uint64_t>(runs.Number(0));
    const uint64_t last = std::min(end, first + static_cast<uint64_t>(runs.Number(2)));
    for (uint64_t index = std::max(begin, first); index < last; ++index) {
      const int64_t number = runs.Number(1) + static_cast<int64_t>(index - first);
      LogEntry entry;
      entry.index = index;
      ASSIGN_OR_RETURN(entry.hash, LeafHash(index));
      ASSIGN_OR_RETURN(entry.id, id_of(number));
      RETURN_IF_ERROR(UseEntry(std::move(entry), number, use));
    }
  }
}

absl::Status LogReader::UseEntry(LogEntry entry, int64_t number,
                                 absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  const absl::StatusOr<bool> row = leaf_.Bind(1, number).Step();
  const std::string bytes = row.ok() && *row ? leaf_.Bytes(0) : std::string();
  leaf_.Reset();
  RETURN_IF_ERROR(row.status());
  if (*row) entry.bytes = bytes;
  return use(entry);
}

absl::StatusOr<crypto::Digest> LogReader::LeafHash(uint64_t index) {
  const uint64_t tile = index / kTileWidth;
  const size_t place = (index % kTileWidth) * sizeof(crypto::Digest);
  if (cached_.size() < place + sizeof(crypto::Digest) || cached_tile_ != tile) {
    ASSIGN_OR_RETURN(cached_, ReadTile(0, tile));
    cached_tile_ = tile;
  }
  if (cached_.size() < place + sizeof(crypto::Digest)) {
    return absl::DataLossError(base::StrCat("audit database: the tree has no hash of leaf ", index));
  }
  crypto::Digest hash;
  std::memcpy(hash.data(), cached_.data() + place, sizeof(hash));
  return hash;
}

absl::StatusOr<std::vector<LogHead>> LogReader::Heads(bool latest_only) {
  ASSIGN_OR_RETURN(Statement rows,
                   database_.Prepare(latest_only ? "SELECT size, root, time_us, key_id, signature FROM heads "
                                                   "ORDER BY size DESC LIMIT 1"
                                                 : "SELECT size, root, time_us, key_id, signature FROM heads "
                                                   "ORDER BY size"));
  std::vector<LogHead> heads;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return heads;
    LogHead& head = heads.emplace_back();
    head.log_id = log_id_;
    RETURN_IF_ERROR(FillHead(rows, &head));
  }
}

absl::StatusOr<std::string> LogReader::ReadTile(int level, uint64_t tile) {
  return read_tile_.Bind(1, int64_t{level}).Bind(2, static_cast<int64_t>(tile)).RunForBytes();
}

absl::Status LogReader::WriteTile(int, uint64_t, std::string_view) {
  return absl::FailedPreconditionError("the audit database is open for reading only");
}

}  // namespace portcullis::audit::sqlite
