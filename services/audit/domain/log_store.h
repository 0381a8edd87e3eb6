// The port to the audit log's tree: every leaf that a store ever took, in the order in which it took them.
// Retention removes leaves from the store, never from the tree: their hashes stay.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/crypto/merkle.h"
#include "services/audit/api/leaf_hash.h"
#include "services/audit/api/record.h"
#include "services/audit/domain/log_head.h"

namespace portcullis::audit {

struct LogEntry {
  uint64_t index = 0;
  crypto::Digest hash{};
  LeafId id;
  std::optional<std::string_view> bytes;  // nullopt: removed by retention; valid during the call
};

// Thread-safe.
class LogStore {
 public:
  virtual ~LogStore() = default;

  virtual const std::string& log_id() const = 0;

  // Leaves in the tree.
  virtual absl::StatusOr<uint64_t> TreeSize() = 0;

  virtual absl::StatusOr<crypto::Digest> TreeNode(int level, uint64_t index) = 0;

  // Where the leaf stands in the tree. NOT_FOUND.
  virtual absl::StatusOr<uint64_t> IndexOf(const LeafId& id) = 0;

  // Calls `use` for the entries [begin, end) in order; ends with the first status that is not OK.
  virtual absl::Status ForEachEntry(uint64_t begin, uint64_t end,
                                    absl::FunctionRef<absl::Status(const LogEntry&)> use) = 0;

  // Keeps a head. One of the same size is replaced.
  virtual absl::Status AddHead(const LogHead& head) = 0;

  // All heads, by size.
  virtual absl::StatusOr<std::vector<LogHead>> Heads() = 0;

  // The greatest; nullopt if there is none.
  virtual absl::StatusOr<std::optional<LogHead>> LatestHead() = 0;

  // What the log and its records take on the disk; 0 = unknown.
  virtual uint64_t DiskBytes() = 0;
};

}  // namespace portcullis::audit
