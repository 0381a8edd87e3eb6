// The writing end of the log's tree: what one transaction adds to it. Not thread-safe; belongs to the store's
// writing connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/domain/log_store.h"
#include "services/audit/domain/tile_tree.h"

namespace portcullis::audit::sql {

class LogWriter final : private TileStore {
 public:
  // `database` must outlive it.
  explicit LogWriter(Database& database) : database_(database) {}

  absl::Status Prepare();

  // Inside a transaction: a leaf that is new, by its number in the store.
  void Add(int64_t number, const LeafId& id, std::string_view bytes);

  // Inside the same transaction, after its last leaf: writes tiles, runs and the new size.
  absl::Status Write();

  // The transaction was rolled back.
  void Forget();

  absl::Status AddHead(const LogHead& head);

  uint64_t size() const { return size_; }

 private:
  struct Run {
    int64_t leaf;
    int64_t count;
  };

  absl::StatusOr<std::string> ReadTile(int level, uint64_t tile) override;
  absl::Status WriteTile(int level, uint64_t tile, std::string_view hashes) override;
  absl::Status OpenTree();

  Database& database_;
  Statement read_tile_, write_tile_, insert_run_, extend_run_, save_size_, insert_head_;
  crypto::MerkleHasher hasher_;
  std::optional<TileTree> tree_;        // nullopt until it is read
  uint64_t size_ = 0;                   // committed
  std::vector<crypto::Digest> hashes_;  // of this transaction
  std::vector<Run> runs_;
};

}  // namespace portcullis::audit::sql
