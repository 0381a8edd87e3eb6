// The reading end of the log's tree. Not thread-safe; belongs to the store's reading connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sqlite/database.h"
#include "services/audit/domain/log_store.h"
#include "services/audit/domain/tile_tree.h"

namespace portcullis::audit::sqlite {

class LogReader final : private TileStore {
 public:
  // Gives the id of a leaf by its number in the store.
  using IdOf = absl::FunctionRef<absl::StatusOr<LeafId>(int64_t number)>;

  // `database` must outlive it.
  explicit LogReader(Database& database) : database_(database) {}

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
  absl::StatusOr<std::string> ReadTile(int level, uint64_t tile) override;
  absl::Status WriteTile(int level, uint64_t tile, std::string_view hashes) override;
  absl::StatusOr<crypto::Digest> LeafHash(uint64_t index);
  absl::Status UseEntry(LogEntry entry, int64_t number, absl::FunctionRef<absl::Status(const LogEntry&)> use);

  Database& database_;
  std::string log_id_;
  Statement read_tile_, leaf_, index_of_;
  // The leaf hashes last read, for entries in order.
  uint64_t cached_tile_ = 0;
  std::string cached_;
};

}  // namespace portcullis::audit::sqlite
