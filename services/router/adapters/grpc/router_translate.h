// Protos to the router API's types and back, from the service's side. What comes in is checked:
// INVALID_ARGUMENT names the field.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/request_context.h"
#include "portcullis/router/v1/router.pb.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

// Takes the strings out of `proto`. That the body is JSON is the caller's word; its size and the bytes of the
// model are checked.
absl::StatusOr<CompletionRequest> CompletionFromProto(v1::CompleteRequest& proto,
                                                      base::RequestContext context);

absl::StatusOr<TargetAction> ActionFromProto(v1::TargetAction action);

void HeadToProto(const ResponseHead& head, v1::ResponseHead& out);
void SummaryToProto(const CallSummary& summary, v1::CallSummary& out);
void TargetsToProto(const std::vector<TargetStatus>& targets, v1::ListTargetsResponse& out);

}  // namespace portcullis::router
