// The catalogue's types as protos, from the caller's side: requests out, answers in.
#pragma once

#include <vector>

#include "portcullis/policy/v1/catalog_service.pb.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

v1::CatalogKind KindToProto(CatalogKind kind);
v1::FindPoliciesRequest FindToProto(const CatalogQuery& query);
v1::ChangePolicyRequest ChangeToProto(const CatalogChange& change);
v1::ListVersionsRequest VersionsToProto(const CatalogQuery& query);
v1::TryPolicyRequest TryToProto(const PolicyTrialInput& input);

CatalogPolicy PolicyFromProto(const v1::CatalogPolicy& proto);
std::vector<CatalogPolicy> PoliciesFromProto(const v1::FindPoliciesResponse& proto);
CatalogResult ResultFromProto(const v1::ChangePolicyResponse& proto);
std::vector<CatalogVersion> VersionsFromProto(const v1::ListVersionsResponse& proto);
PatternTrial TrialFromProto(const v1::TryPatternResponse& proto);
PolicyTrial TrialFromProto(const v1::TryPolicyResponse& proto);

}  // namespace portcullis::policy
