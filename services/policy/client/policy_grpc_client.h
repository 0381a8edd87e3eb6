// The policy API over lanes: for processes in which the policy service does not run.
//
// Threads: belongs to the worker of its LaneClient; callbacks run there, later, or within the call when the
// exchange has failed already. Errors beyond the service's own: UNAVAILABLE (no service reachable, or the
// lane of an exchange under way was lost), DEADLINE_EXCEEDED, INTERNAL (an impossible answer).
#pragma once

#include <chrono>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "libs/base/clock.h"
#include "libs/rpc/lane_client.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

// LaneClientOptions::method for this client.
inline constexpr char kPolicyLaneMethod[] = "/portcullis.policy.v1.PolicyService/Lane";

class LaneExchange;

class PolicyGrpcClient final : public PolicyApi {
 public:
  // `lanes` outlives the client and its exchanges. A step (the check of a request, of an answer, of pieces of
  // a stream) that takes longer than `step_timeout` fails with DEADLINE_EXCEEDED and ends its exchange.
  explicit PolicyGrpcClient(rpc::LaneClient& lanes, base::Duration step_timeout = std::chrono::seconds(10));
  ~PolicyGrpcClient() override;

  void Open(const OpenRequest& request, OpenCallback done) override;

 private:
  friend class LaneExchange;

  std::unique_ptr<LaneExchange> TakeOpening(LaneExchange* exchange);

  rpc::LaneClient& lanes_;
  const base::Duration step_timeout_;
  // Exchanges whose verdict has not come: nobody else owns them yet.
  absl::flat_hash_map<LaneExchange*, std::unique_ptr<LaneExchange>> opening_;
};

}  // namespace portcullis::policy
