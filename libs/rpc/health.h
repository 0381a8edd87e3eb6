// A peer asked for its health (grpc.health.v1), as a command does it.
#pragma once

#include <chrono>
#include <memory>

#include <grpcpp/channel.h>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace portcullis::rpc {

// OK = it serves. UNAVAILABLE: nobody answers, the TLS handshake failed, or it says that it does not serve;
// DEADLINE_EXCEEDED after `patience`; else what the call ended with. Blocks: not on a worker.
absl::Status AskHealth(const std::shared_ptr<grpc::Channel>& channel, std::chrono::milliseconds patience,
                       const base::Clock& clock);

// From now on gRPC's own log lines go nowhere: for commands, which tell errors themselves.
void SilenceLibrary();

}  // namespace portcullis::rpc
