// Protos to the policy API's types and back, from the service's side. What comes in is checked:
// INVALID_ARGUMENT names the field.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/request_context.h"
#include "portcullis/policy/v1/policy.pb.h"
#include "portcullis/policy/v1/policy_service.pb.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

// Texts in the results are views into the protos.
absl::StatusOr<OpenRequest> OpenFromProto(const v1::ExchangeOpen& proto, base::RequestContext context);
absl::Status CheckTarget(const std::string& target);
absl::StatusOr<std::vector<Segment>> SegmentsFromProto(
    const google::protobuf::RepeatedPtrField<v1::Segment>& segments);
absl::StatusOr<std::vector<Piece>> PiecesFromProto(const v1::ExchangeGuard& proto);
ExchangeSummary SummaryFromProto(const v1::ExchangeClose& proto);

void DecisionToProto(const Decision& decision, v1::Decision& out);
void GuardToProto(const GuardResult& result, v1::GuardVerdict& out);

}  // namespace portcullis::policy
