#include "libs/rpc/health.h"

#include <grpc/support/log.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_map.h"

namespace portcullis::rpc {

absl::Status AskHealth(const std::shared_ptr<grpc::Channel>& channel, std::chrono::milliseconds patience,
                       const base::Clock& clock) {
  using grpc::health::v1::HealthCheckResponse;
  const auto stub = grpc::health::v1::Health::NewStub(channel);
  const auto context = NewClientContext(clock.Monotonic() + patience, clock);
  HealthCheckResponse response;
  const grpc::Status status = stub->Check(context.get(), {}, &response);
  if (!status.ok()) return FromGrpc(status);
  if (response.status() == HealthCheckResponse::SERVING) return absl::OkStatus();
  return absl::UnavailableError("it answers that it does not serve");
}

void SilenceLibrary() {
  gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace portcullis::rpc
