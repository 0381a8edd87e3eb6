// The router API over lanes: for processes in which the router service does not run.
//
// What fails between here and the router is told as the router's own outcomes: no service or a lane lost
// before anything was received is kUnavailable, a lane lost after that is kCut, a deadline is kTimeout, a
// full router kOverloaded, a request that the router refused kBadRequest.
//
// Threads: belongs to the worker of its LaneClient; observers and callbacks run there.
#pragma once

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "libs/rpc/lane_client.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

// LaneClientOptions::method for this client.
inline constexpr char kRouterLaneMethod[] = "/portcullis.router.v1.RouterService/Lane";

class LaneTargetsQuery;

class RouterGrpcClient final : public RouterApi {
 public:
  // `lanes` and `clock` outlive the client and its calls.
  RouterGrpcClient(rpc::LaneClient& lanes, const base::Clock& clock);
  ~RouterGrpcClient() override;

  std::unique_ptr<Call> Start(CompletionRequest request, CallObserver& observer) override;
  void Targets(TargetsCallback done) override;

 private:
  friend class LaneTargetsQuery;

  rpc::LaneClient& lanes_;
  const base::Clock& clock_;
  absl::flat_hash_map<LaneTargetsQuery*, std::unique_ptr<LaneTargetsQuery>> queries_;
};

}  // namespace portcullis::router
