// The catalogue's types as protos, from the service's side. What comes in is checked: INVALID_ARGUMENT.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "portcullis/policy/v1/catalog_service.pb.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

absl::StatusOr<CatalogQuery> QueryFromProto(v1::CatalogKind kind, const std::string& tenant,
                                            const std::string& id);
absl::StatusOr<CatalogChange> ChangeFromProto(const v1::ChangePolicyRequest& proto);
PolicyTrialInput TrialFromProto(const v1::TryPolicyRequest& proto);

void PolicyToProto(const CatalogPolicy& policy, v1::CatalogPolicy& out);
void ResultToProto(const CatalogResult& result, v1::ChangePolicyResponse& out);
void VersionToProto(const CatalogVersion& version, v1::CatalogVersion& out);
void TrialToProto(const PatternTrial& trial, v1::TryPatternResponse& out);
void TrialToProto(const PolicyTrial& trial, v1::TryPolicyResponse& out);

}  // namespace portcullis::policy
