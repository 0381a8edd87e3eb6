// Router calls that come over lanes. One handler per worker, with that worker's RouterApi.
#pragma once

#include <memory>
#include <string>

#include "libs/rpc/lane_server.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

class RouterLaneHandler final : public rpc::LaneHandler {
 public:
  // `api` outlives the handler.
  explicit RouterLaneHandler(RouterApi& api) : api_(api) {}

  std::unique_ptr<rpc::LaneServerCall> OnOpen(base::RequestContext context, std::string message,
                                              rpc::LaneReply reply) override;

 private:
  RouterApi& api_;
};

}  // namespace portcullis::router
