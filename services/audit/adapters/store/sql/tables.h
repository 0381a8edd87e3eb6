// What each database does in bulk, in the way that suits it: the tables of leaves and of records.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/record_row.h"

namespace portcullis::audit::sql {

// A leaf by its number, with the time of its record (0 = it belongs to none), which some stores keep it by.
struct LeafPlace {
  int64_t number = 0;
  int64_t time_us = 0;
};

struct NewLeaf {
  LeafPlace place;
  std::string_view bytes;
};

// A text of a column of the records.
struct Name {
  size_t column = 0;
  std::string_view text;
  bool operator==(const Name&) const = default;
};

// For one writing connection; all within a transaction.
class WriteTables {
 public:
  virtual ~WriteTables() = default;

  // The number of each name; those that are new get one. No name comes twice.
  virtual absl::StatusOr<std::vector<int64_t>> NumberNames(std::span<const Name> names) = 0;

  // The names of a batch are best asked for at once.
  virtual bool names_at_once() const = 0;

  // Stores leaves; `added` says of each whether it is new. One that is there, or that comes a second time,
  // is not.
  virtual absl::Status InsertLeaves(std::span<const NewLeaf> leaves, std::vector<bool>* added) = 0;

  // Leaves that a log has, be they there or removed: their places in `leaves`.
  virtual absl::StatusOr<std::vector<size_t>> FindInLogs(std::span<const int64_t> leaves) = 0;
  virtual absl::Status RemoveLeaves(std::span<const LeafPlace> leaves) = 0;

  // Before the first InsertRecord of a transaction: the roots of all that will come.
  virtual absl::Status ExpectRecords(std::span<const int64_t> roots) = 0;

  // False: a record of this root is there, and stays as it is.
  virtual absl::StatusOr<bool> InsertRecord(int64_t row, const RecordRow& record) = 0;

  // The record of a root that was expected, with its row.
  virtual absl::StatusOr<std::optional<std::pair<int64_t, RecordRow>>> FindRecord(int64_t root) = 0;
  virtual absl::Status RemoveRecord(int64_t row) = 0;

  // After the last of these: they are in the tables.
  virtual absl::Status FlushRecords() = 0;

  // After the transaction that removed the last of many leaves: gives disk space back.
  virtual absl::Status Shrink() = 0;

  // The transaction was rolled back, or others wrote.
  virtual void Forget() = 0;
};

// For one reading connection; all within a transaction.
class ReadTables {
 public:
  virtual ~ReadTables() = default;

  // How many records are best read at once.
  virtual size_t batch() const = 0;

  // Calls `use` with the bytes of each leaf that is there, by its place in `leaves`, in any order.
  virtual absl::Status ReadLeaves(std::span<const LeafPlace> leaves,
                                  absl::FunctionRef<void(size_t place, std::string_view bytes)> use) = 0;

  // The same for `count` leaves from a number on; `place` counts from 0.
  virtual absl::Status ReadRun(int64_t first, size_t count,
                               absl::FunctionRef<void(size_t place, std::string_view bytes)> use) = 0;
};

}  // namespace portcullis::audit::sql
