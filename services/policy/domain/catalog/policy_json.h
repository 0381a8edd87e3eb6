// Policies of the catalogue as JSON: how they are stored.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

std::string PolicyToJson(const CatalogPolicy& policy);

// DATA_LOSS: it is none of PolicyToJson's.
absl::StatusOr<CatalogPolicy> PolicyFromJson(std::string_view json);

}  // namespace portcullis::policy
