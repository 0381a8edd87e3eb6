// Blocks of 1,024 row numbers each, with what lets a query pass over a block unread: its first and last time,
// its greatest cost, and a Bloom filter of the names that its records have. A block is written once, when the
// row numbers have left it. So an index over a dozen columns costs one row of 2 KiB per block instead of a
// dozen entries per record, and memory for none of them; a block that is read for nothing (one in a thousand
// of those passed) costs some 0.2 ms. Records that move away or are removed leave a block wider than need be,
// never too narrow.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "absl/status/status.h"
#include "services/audit/adapters/store/sqlite/database.h"
#include "services/audit/adapters/store/sqlite/record_row.h"

namespace portcullis::audit::sqlite {

inline constexpr int kBlockBits = 10;

inline int64_t BlockOf(int64_t row) { return row >> kBlockBits; }
inline int64_t FirstRow(int64_t block) { return block << kBlockBits; }

// Two rows of it fit a page of 4 KiB. 1,064 names (each record another user, and 40 others) leave one false
// answer in a thousand with 7 bits a name.
class Bloom {
 public:
  static constexpr size_t kBytes = 1984;

  // A key that may be added: the number of a name in its column.
  static uint64_t Key(size_t column, int64_t name);

  void Add(uint64_t key);
  static bool MayHold(std::string_view bits, uint64_t key);

  std::string_view bits() const { return {reinterpret_cast<const char*>(bits_.data()), bits_.size()}; }
  void Clear() { bits_.fill(0); }

 private:
  std::array<uint8_t, kBytes> bits_{};
};

// Gathers the block that is being filled. Not thread-safe; belongs to the store's writing connection.
class BlockWriter {
 public:
  // `database` must outlive it.
  explicit BlockWriter(Database& database) : database_(database) {}

  // Reads the block of this row anew.
  absl::Status Open(int64_t next_row);

  // A record that is written to this row, inside a transaction; rows only grow.
  absl::Status Add(int64_t row, const RecordRow& record);

  // Records of this block were removed.
  absl::Status Narrow(int64_t block);

 private:
  absl::Status Write();
  void Begin(int64_t block);
  void Gather(const RecordRow& record);

  Database& database_;
  Statement insert_block_, insert_bloom_, narrow_, remove_block_, remove_bloom_, first_time_;
  int64_t block_ = 0;
  int64_t min_time_ = std::numeric_limits<int64_t>::max();
  int64_t max_time_ = std::numeric_limits<int64_t>::min();
  int64_t max_cost_ = kCostUnknown;
  std::array<int64_t, kNameColumns> last_{};  // names added last: most often they come again
  Bloom bloom_;
};

}  // namespace portcullis::audit::sqlite
