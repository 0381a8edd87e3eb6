// Blocks of 1,024 row numbers each, kept beside the records by column, and with what lets a query pass over a
// block unread: its first and last time, its greatest cost, and a Bloom filter of the names in it.
//
// A block is written once, when the row numbers have left it: some 40 bytes a record in place of a dozen
// index entries. A query reads the columns that it asks for: a thousand records in a few microseconds.
// Records that move away or are removed later are taken out of the block's `live` bits; a block without any
// goes.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/record_row.h"

namespace portcullis::audit::sql {

inline constexpr int kBlockBits = 10;
inline constexpr size_t kBlockRows = size_t{1} << kBlockBits;

inline int64_t BlockOf(int64_t row) { return row >> kBlockBits; }
inline int64_t FirstRow(int64_t block) { return block << kBlockBits; }
inline size_t PlaceOf(int64_t row) { return static_cast<size_t>(row) & (kBlockRows - 1); }

// A bit for each place in a block.
using Places = std::array<uint64_t, kBlockRows / 64>;
inline void SetPlace(Places& places, size_t place) { places[place / 64] |= uint64_t{1} << (place % 64); }
inline void ClearPlace(Places& places, size_t place) { places[place / 64] &= ~(uint64_t{1} << (place % 64)); }
std::string_view Bytes(const Places& places);
Places ToPlaces(std::string_view bytes);
bool None(const Places& places);

// Columns of a block: names first, by their number in RecordRow, then these.
enum NumberColumn : size_t {
  kTimeColumn = kNameColumns,
  kStatusColumn,
  kPromptColumn,
  kCompletionColumn,
  kCostColumn,
  kTotalColumn,
  kBlockColumns,
};
static_assert(kBlockColumns <= 32);

inline int64_t ColumnKey(int64_t block, size_t column) { return block * 32 + static_cast<int64_t>(column); }

// The values of one column of one block: the least of them, and what each is more, in as few bytes as that
// takes.
class ColumnValues {
 public:
  static std::string Encode(const std::array<int64_t, kBlockRows>& values);

  // Views `bytes`. Bytes that are no column are as if all values were 0.
  explicit ColumnValues(std::string_view bytes = {});

  int64_t operator[](size_t place) const;

  // Leaves in `places` those whose value is one of these, and those from `least` to `most`.
  void KeepAnyOf(const std::vector<int64_t>& wanted, Places* places) const;
  void KeepBetween(int64_t least, int64_t most, Places* places) const;

 private:
  template <typename Keep>
  void KeepIf(Places* places, Keep&& keep) const;

  int64_t base_ = 0;
  int width_ = 0;  // bytes of a value, 0, 1, 2, 4 or 8
  const char* data_ = nullptr;
};

// Two blocks of it fit a page of 4 KiB with what else their row has. 1,700 names (each record another user,
// 700 others) leave 15 false answers in a thousand with 6 bits a name.
class Bloom {
 public:
  static constexpr size_t kBytes = 1856;

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

  // Reads the block of the last row anew.
  absl::Status Open(int64_t next_row);

  // A record that is written to this row, inside a transaction; rows only grow.
  absl::Status Add(int64_t row, const RecordRow& record);

  // The record of this row moves away or is removed, inside a transaction.
  void Remove(int64_t row);

  // At the end of the transaction.
  absl::Status Write();

 private:
  absl::Status Prepare();
  absl::Status WriteBlock();
  absl::Status WriteRemoved(int64_t block, const Places& removed);
  void Begin(int64_t block);
  void Gather(int64_t row, const RecordRow& record);

  Database& database_;
  Statement insert_block_, insert_column_, read_live_, write_live_, remove_block_, remove_columns_;
  std::map<int64_t, Places> removed_;  // of blocks that are written

  int64_t block_ = 0;
  int64_t min_time_ = 0;
  int64_t max_time_ = 0;
  int64_t max_cost_ = kCostUnknown;
  Places live_{};
  std::array<std::array<int64_t, kBlockRows>, kBlockColumns> columns_{};
  std::array<int64_t, kNameColumns> last_{};  // names added last: most often they come again
  Bloom bloom_;
};

}  // namespace portcullis::audit::sql
