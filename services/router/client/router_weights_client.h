// Changes of weights in the router services of other processes.
#pragma once

#include <grpcpp/security/credentials.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

namespace v1 {
class SetWeightsRequest;
}  // namespace v1

// Thread-safe; calls block.
class RouterWeightsClient {
 public:
  // `targets`: one "host:port" at least. `clock` must outlive the client.
  RouterWeightsClient(std::vector<std::string> targets, std::shared_ptr<grpc::ChannelCredentials> credentials,
                      const base::Clock& clock, base::Duration timeout = std::chrono::seconds(5))
      : targets_(std::move(targets)),
        credentials_(std::move(credentials)),
        clock_(clock),
        timeout_(timeout) {}

  // As RouterAdmin::SetWeights, at every address of every target, one after the other. UNAVAILABLE: some did
  // not take them; the message names these and counts the others, which have the weights.
  absl::Status SetWeights(const TargetWeights& weights, const OperatorCall& by) const;

 private:
  absl::Status Tell(const std::string& address, const v1::SetWeightsRequest& request) const;

  const std::vector<std::string> targets_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  const base::Clock& clock_;
  const base::Duration timeout_;  // of each address
};

}  // namespace portcullis::router
