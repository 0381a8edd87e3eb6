#include "services/policy/client/catalog_grpc_client.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/rpc/channel.h"
#include "services/policy/client/catalog_client_translate.h"

namespace portcullis::policy {
namespace {

// What is no refusal of the catalogue's own is its being away.
absl::Status Told(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          base::ToAbsl(status.error_message()));
    default:
      return absl::UnavailableError(base::StrCat("policy service: ", status.error_message()));
  }
}

}  // namespace

CatalogGrpcClient::CatalogGrpcClient(std::shared_ptr<grpc::Channel> channel, const base::Clock& clock,
                                     base::Duration timeout)
    : stub_(v1::PolicyCatalogService::NewStub(std::move(channel))), clock_(clock), timeout_(timeout) {}

template <typename Request, typename Response>
absl::StatusOr<Response> CatalogGrpcClient::Call(
    grpc::Status (v1::PolicyCatalogService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const Request& request) {
  const auto context = rpc::NewClientContext(clock_.Monotonic() + timeout_, clock_);
  Response response;
  const grpc::Status status = (stub_.get()->*method)(context.get(), request, &response);
  if (!status.ok()) return Told(status);
  return response;
}

void CatalogGrpcClient::Find(const CatalogQuery& query, Callback<std::vector<CatalogPolicy>> done) {
  const auto found = Call(&v1::PolicyCatalogService::Stub::FindPolicies, FindToProto(query));
  if (!found.ok()) return std::move(done)(found.status());
  std::move(done)(PoliciesFromProto(*found));
}

void CatalogGrpcClient::Change(const CatalogChange& change, Callback<CatalogResult> done) {
  const auto result = Call(&v1::PolicyCatalogService::Stub::ChangePolicy, ChangeToProto(change));
  if (!result.ok()) return std::move(done)(result.status());
  std::move(done)(ResultFromProto(*result));
}

void CatalogGrpcClient::Versions(const CatalogQuery& query, Callback<std::vector<CatalogVersion>> done) {
  const auto versions = Call(&v1::PolicyCatalogService::Stub::ListVersions, VersionsToProto(query));
  if (!versions.ok()) return std::move(done)(versions.status());
  std::move(done)(VersionsFromProto(*versions));
}

void CatalogGrpcClient::TryPattern(const std::string& pattern, const std::vector<std::string>& inputs,
                                   Callback<PatternTrial> done) {
  v1::TryPatternRequest request;
  request.set_pattern(pattern);
  for (const std::string& input : inputs) request.add_inputs(input);
  const auto trial = Call(&v1::PolicyCatalogService::Stub::TryPattern, request);
  if (!trial.ok()) return std::move(done)(trial.status());
  std::move(done)(TrialFromProto(*trial));
}

void CatalogGrpcClient::TryPolicy(const PolicyTrialInput& input, Callback<PolicyTrial> done) {
  const auto trial = Call(&v1::PolicyCatalogService::Stub::TryPolicy, TryToProto(input));
  if (!trial.ok()) return std::move(done)(trial.status());
  std::move(done)(TrialFromProto(*trial));
}

}  // namespace portcullis::policy
