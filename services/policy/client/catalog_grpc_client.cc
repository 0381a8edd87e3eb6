#include "services/policy/client/catalog_grpc_client.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/rpc/channel.h"
#include "services/policy/client/catalog_client_translate.h"

namespace portcullis::policy {
namespace {

constexpr std::chrono::seconds kConnectPatience{1};

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

CatalogGrpcClient::CatalogGrpcClient(std::vector<std::shared_ptr<grpc::Channel>> channels,
                                     const base::Clock& clock, base::Duration timeout)
    : channels_(std::move(channels)), clock_(clock), timeout_(timeout) {}

// Looked for before a call, because a change that failed on its way may have been made.
const std::shared_ptr<grpc::Channel>& CatalogGrpcClient::Reachable() const {
  if (channels_.size() == 1) return channels_.front();
  for (const auto& channel : channels_) {
    const gpr_timespec patience = gpr_time_from_seconds(kConnectPatience.count(), GPR_TIMESPAN);
    if (channel->WaitForConnected(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), patience))) return channel;
  }
  return channels_.front();
}

template <typename Request, typename Response>
absl::StatusOr<Response> CatalogGrpcClient::Call(
    grpc::Status (v1::PolicyCatalogService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const Request& request) {
  const auto stub = v1::PolicyCatalogService::NewStub(Reachable());
  const auto context = rpc::NewClientContext(clock_.Monotonic() + timeout_, clock_);
  Response response;
  const grpc::Status status = (stub.get()->*method)(context.get(), request, &response);
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
