// The reading end of the log's tree. Not thread-safe; belongs to the store's reading connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/tables.h"
#include "services/audit/domain/log_store.h"
#include "services/audit/domain/tile_tree.h"

namespace portcullis::audit::sql {

class LogReader final : private TileStore {
 public:
  // Gives the id of a leaf by its number in the store.
  using IdOf = absl::FunctionRef<absl::StatusOr<LeafId>(int64_t number)>;

  // Both must outlive it.
  LogReader(Database& database, ReadTables& tables) : database_(database), tables_(tables) {}

  absl::Status Prepare();

  const std::string& log_id() const { return log_id_; }
  absl::StatusOr<uint64_t> TreeSize();
  absl::StatusOr<crypto::Digest> Node(int level, uint64_t index) { return TileNode(*this, level, index); }

  // NOT_FOUND: no leaf with this number was ever stored.
  absl::StatusOr<uint64_t> IndexOf(int64_t number);

  absl::Status ForEachEntry(uint64_t begin, uint64_t end, IdOf id_of,
                            absl::FunctionRef<absl::Status(const LogEntry&)> use);

  absl::StatusOr<std::vector<LogHead>> Heads(bool latest_only);

 private:
  struct Run {
    uint64_t position;
    int64_t leaf;
    uint64_t count;
  };

  absl::StatusOr<std::string> ReadTile(int level, uint64_t tile) override;
  absl::Status WriteTile(int level, uint64_t tile, std::string_view hashes) override;
  absl::StatusOr<crypto::Digest> LeafHash(uint64_t index);
  absl::StatusOr<std::vector<Run>> RunsFrom(uint64_t begin, uint64_t end);
  absl::Status UseEntries(uint64_t index, int64_t number, size_t count, IdOf id_of,
                          absl::FunctionRef<absl::Status(const LogEntry&)> use);

  Database& database_;
  ReadTables& tables_;
  std::string log_id_;
  Statement read_tile_, index_of_, read_runs_;
  // The leaf hashes last read, for entries in order.
  uint64_t cached_tile_ = 0;
  std::string cached_;
};

}  // namespace portcullis::audit::sql
