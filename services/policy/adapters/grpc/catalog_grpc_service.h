// The catalogue as a gRPC service, on gRPC's own threads: calls block while they compile and write.
#pragma once

#include "portcullis/policy/v1/catalog_service.grpc.pb.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

// For rpc::ServerHost::AddService.
inline constexpr char kCatalogServiceName[] = "portcullis.policy.v1.PolicyCatalogService";

// `catalog` must be the direct form, and outlive the service.
class CatalogGrpcService final : public v1::PolicyCatalogService::Service {
 public:
  explicit CatalogGrpcService(CatalogApi& catalog) : catalog_(catalog) {}

  grpc::Status FindPolicies(grpc::ServerContext* context, const v1::FindPoliciesRequest* request,
                            v1::FindPoliciesResponse* response) override;
  grpc::Status ChangePolicy(grpc::ServerContext* context, const v1::ChangePolicyRequest* request,
                            v1::ChangePolicyResponse* response) override;
  grpc::Status ListVersions(grpc::ServerContext* context, const v1::ListVersionsRequest* request,
                            v1::ListVersionsResponse* response) override;
  grpc::Status TryPattern(grpc::ServerContext* context, const v1::TryPatternRequest* request,
                          v1::TryPatternResponse* response) override;
  grpc::Status TryPolicy(grpc::ServerContext* context, const v1::TryPolicyRequest* request,
                         v1::TryPolicyResponse* response) override;

 private:
  CatalogApi& catalog_;
};

}  // namespace portcullis::policy
