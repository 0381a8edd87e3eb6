// The router's plain RPCs. Each call runs on a worker with that worker's RouterApi.
#pragma once

#include <grpcpp/support/server_callback.h>

#include "libs/base/clock.h"
#include "libs/runtime/worker.h"
#include "portcullis/router/v1/router.pb.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

struct RouterWorker {
  runtime::Worker* worker = nullptr;
  RouterApi* api = nullptr;
};

grpc::ServerWriteReactor<v1::CompleteResponse>* Complete(RouterWorker at,
                                                         grpc::CallbackServerContext& context,
                                                         const v1::CompleteRequest& request,
                                                         const base::Clock& clock);

grpc::ServerUnaryReactor* ListTargets(RouterWorker at, grpc::CallbackServerContext& context,
                                      v1::ListTargetsResponse& response);

}  // namespace portcullis::router
