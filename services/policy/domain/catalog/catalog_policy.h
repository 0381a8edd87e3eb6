// From what a caller says to a policy of the catalogue: defaults, limits, words.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

inline constexpr size_t kMaxCatalogConditions = 10;
inline constexpr size_t kMaxCatalogValues = 50;  // of one condition

// `before` with the draft laid over it. INVALID_ARGUMENT: "field: what is wrong"; PERMISSION_DENIED: a tier
// that is not for tenants. Whether it compiles is another question (catalog_rules.h).
absl::StatusOr<CatalogPolicy> Drafted(const CatalogDraft& draft, CatalogPolicy before);

// What every new policy of this kind begins with.
CatalogPolicy NewCatalogPolicy(CatalogKind kind);

// Names of the fields in which they differ: "action, pattern (sha256 1f2e3d4c5b6a)". Holds no pattern and no
// value, for such may name what is to be kept secret.
std::string ChangedFields(const CatalogPolicy& before, const CatalogPolicy& after);

}  // namespace portcullis::policy
