// The leaves that the audit service itself writes into its log: what operators do to it, and who reads it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit {

// One source of leaves, with a spool id of its own. Thread-safe. `log` must outlive it.
class OwnLeaves {
 public:
  explicit OwnLeaves(AuditApi& log);

  // Stores the record; OK means that it is in the log. Blocks while the store works.
  absl::StatusOr<LeafId> Append(const Record& record);

 private:
  AuditApi& log_;
  const std::string spool_;
  std::mutex mutex_;
  uint64_t sequence_ = 0;
};

}  // namespace portcullis::audit
