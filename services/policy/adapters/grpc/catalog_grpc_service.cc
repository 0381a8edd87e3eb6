#include "services/policy/adapters/grpc/catalog_grpc_service.h"

#include <string>
#include <vector>

#include "libs/rpc/status_map.h"
#include "services/policy/adapters/grpc/catalog_translate.h"

namespace portcullis::policy {

grpc::Status CatalogGrpcService::FindPolicies(grpc::ServerContext*, const v1::FindPoliciesRequest* request,
                                              v1::FindPoliciesResponse* response) {
  const auto query = QueryFromProto(request->kind(), request->tenant(), request->id());
  absl::Status status = query.status();
  if (status.ok()) {
    catalog_.Find(*query, [&](absl::StatusOr<std::vector<CatalogPolicy>> found) {
      status = found.status();
      if (!status.ok()) return;
      for (const CatalogPolicy& policy : *found) PolicyToProto(policy, *response->add_policies());
    });
  }
  return rpc::ToGrpc(status);
}

grpc::Status CatalogGrpcService::ChangePolicy(grpc::ServerContext*, const v1::ChangePolicyRequest* request,
                                              v1::ChangePolicyResponse* response) {
  const auto change = ChangeFromProto(*request);
  absl::Status status = change.status();
  if (status.ok()) {
    catalog_.Change(*change, [&](absl::StatusOr<CatalogResult> result) {
      status = result.status();
      if (status.ok()) ResultToProto(*result, *response);
    });
  }
  return rpc::ToGrpc(status);
}

grpc::Status CatalogGrpcService::ListVersions(grpc::ServerContext*, const v1::ListVersionsRequest* request,
                                              v1::ListVersionsResponse* response) {
  const auto query = QueryFromProto(request->kind(), request->tenant(), request->id());
  absl::Status status = query.status();
  if (status.ok() && query->id.empty()) status = absl::InvalidArgumentError("id: is required");
  if (status.ok()) {
    catalog_.Versions(*query, [&](absl::StatusOr<std::vector<CatalogVersion>> versions) {
      status = versions.status();
      if (!status.ok()) return;
      for (const CatalogVersion& version : *versions) VersionToProto(version, *response->add_versions());
    });
  }
  return rpc::ToGrpc(status);
}

grpc::Status CatalogGrpcService::TryPattern(grpc::ServerContext*, const v1::TryPatternRequest* request,
                                            v1::TryPatternResponse* response) {
  absl::Status status;
  catalog_.TryPattern(request->pattern(), {request->inputs().begin(), request->inputs().end()},
                      [&](absl::StatusOr<PatternTrial> trial) {
                        status = trial.status();
                        if (status.ok()) TrialToProto(*trial, *response);
                      });
  return rpc::ToGrpc(status);
}

grpc::Status CatalogGrpcService::TryPolicy(grpc::ServerContext*, const v1::TryPolicyRequest* request,
                                           v1::TryPolicyResponse* response) {
  absl::Status status;
  catalog_.TryPolicy(TrialFromProto(*request), [&](absl::StatusOr<PolicyTrial> trial) {
    status = trial.status();
    if (status.ok()) TrialToProto(*trial, *response);
  });
  return rpc::ToGrpc(status);
}

}  // namespace portcullis::policy
