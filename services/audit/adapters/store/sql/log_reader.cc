#include "services/audit/adapters/store/sql/log_reader.h"

#include <algorithm>
#include <cstring>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sql {
namespace {

constexpr int64_t kRunsAtOnce = 1024;
constexpr uint64_t kLeavesAtOnce = 1024;

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
  ASSIGN_OR_RETURN(index_of_, database_.Prepare("SELECT position + ?1 - leaf + 1 FROM runs WHERE leaf = "
                                                "(SELECT max(leaf) FROM runs WHERE leaf <= ?1) "
                                                "AND ?1 < leaf + count"));
  ASSIGN_OR_RETURN(read_runs_, database_.Prepare("SELECT position, leaf, count FROM runs WHERE position >= "
                                                 "(SELECT max(position) FROM runs WHERE position <= ?1) "
                                                 "AND position < ?2 ORDER BY position LIMIT ?3"));
  ASSIGN_OR_RETURN(Statement log, database_.Prepare("SELECT id FROM log"));
  ASSIGN_OR_RETURN(log_id_, log.RunForBytes());
  return log_id_.empty() ? absl::DataLossError("audit database: the log has no id") : absl::OkStatus();
}

absl::StatusOr<uint64_t> LogReader::TreeSize() {
  ASSIGN_OR_RETURN(const int64_t size, database_.QueryNumber("SELECT size FROM tree"));
  return static_cast<uint64_t>(size);
}

absl::StatusOr<uint64_t> LogReader::IndexOf(int64_t number) {
  ASSIGN_OR_RETURN(const int64_t after, index_of_.Bind(1, number).RunForNumber());
  if (after == 0) return absl::NotFoundError("the audit log has no such leaf");
  return static_cast<uint64_t>(after) - 1;
}

absl::Status LogReader::ForEachEntry(uint64_t begin, uint64_t end, IdOf id_of,
                                     absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  cached_.clear();
  while (begin < end) {
    ASSIGN_OR_RETURN(const std::vector<Run> runs, RunsFrom(begin, end));
    if (runs.empty()) {
      return absl::DataLossError(base::StrCat("audit database: the tree has no leaf ", begin));
    }
    for (const Run& run : runs) {
      const uint64_t last = std::min(end, run.position + run.count);
      for (uint64_t at = std::max(begin, run.position); at < last; at += kLeavesAtOnce) {
        const size_t count = std::min<uint64_t>(kLeavesAtOnce, last - at);
        RETURN_IF_ERROR(
            UseEntries(at, run.leaf + static_cast<int64_t>(at - run.position), count, id_of, use));
      }
      begin = std::max(begin, run.position + run.count);
    }
  }
  return absl::OkStatus();
}

// The first of the runs that entries [begin, end) stand in.
absl::StatusOr<std::vector<LogReader::Run>> LogReader::RunsFrom(uint64_t begin, uint64_t end) {
  read_runs_.Bind(1, static_cast<int64_t>(begin)).Bind(2, static_cast<int64_t>(end)).Bind(3, kRunsAtOnce);
  std::vector<Run> runs;
  absl::StatusOr<bool> row = read_runs_.Step();
  for (; row.ok() && *row; row = read_runs_.Step()) {
    const Run run = {static_cast<uint64_t>(read_runs_.Number(0)), read_runs_.Number(1),
                     static_cast<uint64_t>(read_runs_.Number(2))};
    if (run.position + run.count > begin) runs.push_back(run);
  }
  read_runs_.Reset();
  RETURN_IF_ERROR(row.status());
  return runs;
}

absl::Status LogReader::UseEntries(uint64_t index, int64_t number, size_t count, IdOf id_of,
                                   absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  std::vector<std::optional<std::string>> bytes(count);
  RETURN_IF_ERROR(tables_.ReadRun(number, count, [&](size_t place, std::string_view leaf) {
    if (place < count) bytes[place].emplace(leaf);
  }));
  for (size_t i = 0; i < count; ++i) {
    LogEntry entry;
    entry.index = index + i;
    ASSIGN_OR_RETURN(entry.hash, LeafHash(entry.index));
    ASSIGN_OR_RETURN(entry.id, id_of(number + static_cast<int64_t>(i)));
    if (bytes[i]) entry.bytes = *bytes[i];
    RETURN_IF_ERROR(use(entry));
  }
  return absl::OkStatus();
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

}  // namespace portcullis::audit::sql
