// The router API's types as protos, from the caller's side. What comes in is checked: INTERNAL when the
// service answered something impossible.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "portcullis/router/v1/router.pb.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

// Takes the strings out of `request`; its context is left alone.
void CompletionToProto(CompletionRequest& request, v1::CompleteRequest& out);

// These take the strings out of `proto`.
ResponseHead HeadFromProto(v1::ResponseHead& proto);
absl::StatusOr<CallSummary> SummaryFromProto(v1::CallSummary& proto);
absl::StatusOr<std::vector<TargetStatus>> TargetsFromProto(v1::ListTargetsResponse& proto);

}  // namespace portcullis::router
