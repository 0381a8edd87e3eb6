#include "services/router/client/router_weights_client.h"

#include "libs/base/strings.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/resolver.h"
#include "portcullis/router/v1/router_service.grpc.pb.h"

namespace portcullis::router {
namespace {

// What is no refusal of the router's own is its being away.
absl::Status Told(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return absl::OkStatus();
    case grpc::StatusCode::INVALID_ARGUMENT:
      return absl::InvalidArgumentError(base::ToAbsl(status.error_message()));
    case grpc::StatusCode::FAILED_PRECONDITION:
      return absl::FailedPreconditionError(base::ToAbsl(status.error_message()));
    default:
      return absl::UnavailableError(base::ToAbsl(status.error_message()));
  }
}

}  // namespace

absl::Status RouterWeightsClient::Tell(const std::string& address,
                                       const v1::SetWeightsRequest& request) const {
  const auto channel = rpc::NewChannel(address, credentials_);
  const auto context = rpc::NewClientContext(clock_.Monotonic() + timeout_, clock_);
  v1::SetWeightsResponse response;
  return Told(v1::RouterService::NewStub(channel)->SetWeights(context.get(), request, &response));
}

absl::Status RouterWeightsClient::SetWeights(const TargetWeights& weights, const OperatorCall& by) const {
  v1::SetWeightsRequest request;
  request.mutable_context()->set_user(by.user);
  for (const auto& [id, weight] : weights) (*request.mutable_weights())[id] = weight;
  size_t told = 0;
  std::string failures;
  const auto note = [&](const std::string& where, const absl::Status& status) {
    failures += base::StrCat(failures.empty() ? "" : "; ", where, ": ", base::Message(status));
  };
  for (const std::string& target : targets_) {
    const auto addresses = rpc::ResolveNow(target);
    if (!addresses.ok()) note(target, addresses.status());
    for (const std::string& address : addresses.value_or(std::vector<std::string>())) {
      const absl::Status status = Tell(address, request);
      if (!status.ok() && !absl::IsUnavailable(status) && told == 0) return status;
      if (status.ok())
        ++told;
      else
        note(address, status);
    }
  }
  if (failures.empty()) return absl::OkStatus();
  return absl::UnavailableError(
      base::StrCat("router services that have the weights: ", told, "; that do not: ", failures));
}

}  // namespace portcullis::router
