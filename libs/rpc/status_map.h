// absl::Status to grpc::Status and back. The codes are the same numbers; messages are kept.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace portcullis::rpc {

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// A status from a code off the wire; a number that is no code becomes UNKNOWN.
absl::Status StatusFromCode(int code, std::string_view message);

}  // namespace portcullis::rpc
