// RequestContext between our own type and the wire, where the deadline travels as the time that remains.
#pragma once

#include <grpcpp/server_context.h>

#include "absl/status/statusor.h"
#include "libs/base/request_context.h"
#include "portcullis/common/v1/context.pb.h"

namespace portcullis::rpc {

// A deadline that has passed is sent as one microsecond: zero would mean none.
void ContextToProto(const base::RequestContext& context, base::MonotonicTime now,
                    common::v1::RequestContext& out);

// Errors: INVALID_ARGUMENT for a field over its length, a malformed request id or control characters. A
// malformed traceparent is dropped, as W3C Trace Context asks.
absl::StatusOr<base::RequestContext> ContextFromProto(const common::v1::RequestContext& proto,
                                                      base::MonotonicTime now);

// For a plain RPC: as above, with the RPC's own deadline if that is earlier.
absl::StatusOr<base::RequestContext> ContextFromCall(const common::v1::RequestContext& proto,
                                                     const grpc::ServerContextBase& call,
                                                     base::MonotonicTime now);

}  // namespace portcullis::rpc
