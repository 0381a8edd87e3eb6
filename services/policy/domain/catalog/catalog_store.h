// Where the policies of tenants outlive the process: a port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

// Not thread-safe. Errors of all: UNAVAILABLE, RESOURCE_EXHAUSTED (no space), DATA_LOSS.
class CatalogStore {
 public:
  virtual ~CatalogStore() = default;

  // All policies. In no order.
  virtual absl::StatusOr<std::vector<CatalogPolicy>> Load() = 0;

  // All of it or nothing, on the disk when it returns. ABORTED: the store does not hold the version that the
  // change began from.
  virtual absl::Status Write(const CatalogResult& result) = 0;

  // Newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<CatalogVersion>> Versions(const std::string& id, size_t limit) = 0;

  // Differs from what it was when another process has written since.
  virtual absl::StatusOr<int64_t> ForeignChanges() = 0;
};

}  // namespace portcullis::policy
