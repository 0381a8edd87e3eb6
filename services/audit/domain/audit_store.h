// A whole store: the records, their tree, and what those need who read without the audit service.
#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/domain/log_store.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

// Thread-safe.
class AuditStore : public Store, public LogStore {
 public:
  // Calls `use` for every record that the query selects (its limit does not count), all of one moment. Ends
  // with the first status that is not OK, CANCELLED meaning enough. Until it returns, Find waits.
  virtual absl::Status ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use) = 0;

  // The record of this root, if there is one.
  virtual absl::StatusOr<std::vector<StoredLeaves>> FindRoot(const LeafId& root) = 0;
};

}  // namespace portcullis::audit
