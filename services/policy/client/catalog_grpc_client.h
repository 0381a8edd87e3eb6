// The catalogue of a policy service in another process.
#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "portcullis/policy/v1/catalog_service.grpc.pb.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

// Thread-safe. Calls block until the answer is there and call back on the caller's thread. A call that takes
// longer than `timeout` fails with UNAVAILABLE; of a change it is not known then whether it was made.
class CatalogGrpcClient final : public CatalogApi {
 public:
  // One channel at least, each to a policy service (several share their database); a call goes to the first
  // that is there. `clock` must outlive the client.
  CatalogGrpcClient(std::vector<std::shared_ptr<grpc::Channel>> channels, const base::Clock& clock,
                    base::Duration timeout = std::chrono::seconds(20));

  void Find(const CatalogQuery& query, Callback<std::vector<CatalogPolicy>> done) override;
  void Change(const CatalogChange& change, Callback<CatalogResult> done) override;
  void Versions(const CatalogQuery& query, Callback<std::vector<CatalogVersion>> done) override;
  void TryPattern(const std::string& pattern, const std::vector<std::string>& inputs,
                  Callback<PatternTrial> done) override;
  void TryPolicy(const PolicyTrialInput& input, Callback<PolicyTrial> done) override;

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::PolicyCatalogService::Stub::*method)(grpc::ClientContext*,
                                                                                       const Request&,
                                                                                       Response*),
                                const Request& request);

  const std::shared_ptr<grpc::Channel>& Reachable() const;

  const std::vector<std::shared_ptr<grpc::Channel>> channels_;
  const base::Clock& clock_;
  const base::Duration timeout_;
};

}  // namespace portcullis::policy
