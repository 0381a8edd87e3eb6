// The policy API as a gRPC service: lanes for the suite's own processes, Check and Exchange for everybody
// else. All of it computes on gRPC's threads; answers to steps that wait for a service outside are sent from
// the thread that they come on.
//
// Give it one PolicyApi per core, each the direct form. An instance is used by one thread at a time, not
// always the same; exchanges stay with the instance that opened them. The threads of late answers must have
// ended before the service does.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "libs/base/clock.h"
#include "libs/rpc/lane_server.h"
#include "portcullis/policy/v1/policy_service.grpc.pb.h"
#include "services/policy/adapters/grpc/exchange_steps.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

// For rpc::ServerHost::AddService.
inline constexpr char kPolicyServiceName[] = "portcullis.policy.v1.PolicyService";

class PolicyGrpcService final : public v1::PolicyService::CallbackService {
 public:
  // `apis` (at least one) and `clock` outlive the service; the service outlives the grpc::Server.
  PolicyGrpcService(const std::vector<PolicyApi*>& apis, const base::Clock& clock,
                    const rpc::LaneServerOptions& options = {});
  ~PolicyGrpcService() override;

  // Turns lanes away; for rpc::ServerHost::OnDrain.
  void GoAway() { lanes_->GoAway(); }

  grpc::ServerBidiReactor<common::v1::LaneBatch, common::v1::LaneBatch>* Lane(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const v1::CheckRequest* request,
                                  v1::CheckResponse* response) override;
  grpc::ServerBidiReactor<v1::ExchangeRequest, v1::ExchangeResponse>* Exchange(
      grpc::CallbackServerContext* context) override;

 private:
  class Handler;

  PolicySlot& NextSlot();

  const base::Clock& clock_;
  std::vector<std::unique_ptr<PolicySlot>> slots_;
  std::vector<std::unique_ptr<Handler>> handlers_;
  std::unique_ptr<rpc::LaneServer> lanes_;
  std::atomic<size_t> next_slot_{0};
};

}  // namespace portcullis::policy
