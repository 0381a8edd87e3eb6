// The stores that the conformance tests run on; a new one joins by one more line in store_kinds.cc.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/domain/audit_store.h"

namespace portcullis::audit {

// Opens one store, again or for the first time.
using OpenStore = std::function<absl::StatusOr<std::unique_ptr<AuditStore>>()>;

struct StoreKind {
  const char* name;
  // A new store, that may keep files in this folder.
  OpenStore (*make)(const std::filesystem::path&);
};

std::vector<StoreKind> StoreKinds();

}  // namespace portcullis::audit
