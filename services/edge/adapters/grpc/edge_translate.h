// Protos of the edge's front door to the pipeline's types and back.
#pragma once

#include <optional>
#include <string>

#include <grpcpp/support/server_callback.h>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "portcullis/edge/v1/edge_service.pb.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/adapters/pipeline/request_headers.h"

namespace portcullis::edge {

// INVALID_ARGUMENT: no operation, a malformed context, or a principal, which only the edge may assert. The
// deadline is the earlier of the context's and the call's.
absl::StatusOr<Inbound> InboundFromProto(const common::v1::RequestContext& context,
                                         const grpc::ServerContextBase& call, base::MonotonicTime now,
                                         v1::Operation operation, std::string body);

// The body with `"stream":true`: as it is when it is no JSON object or the key has an odd value (the pipeline
// will say so).
std::string WithStream(std::string body);

// True when the body asks for a stream.
bool AsksForStream(std::string_view body);

void FactsToProto(const audit::Record& record, v1::ResponseFacts* out);
void CheckToProto(const CheckedRequest& checked, v1::CheckResponse* out);

// Takes over the request's headers that mean something here; the context's `user` goes before theirs.
// INVALID_ARGUMENT: one of them is malformed.
template <typename Message>
absl::Status HeadersFromProto(const Message& request, Inbound* inbound) {
  const std::string user = inbound->user;
  for (const v1::Header& header : request.headers()) {
    RETURN_IF_ERROR(ReadRequestHeader(header.name(), header.value(), inbound));
  }
  if (!user.empty()) inbound->user = user;
  return absl::OkStatus();
}

template <typename Message>
void HeadersToProto(const AnswerHeaders& headers, Message* out) {
  for (const auto& [name, value] : headers) {
    v1::Header* header = out->add_headers();
    header->set_name(name.data(), name.size());
    header->set_value(value);
  }
}

}  // namespace portcullis::edge
