// The policy API's types as protos, from the caller's side: requests out, answers in. What comes in is
// checked against what was sent: INTERNAL when the service answered something impossible.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "portcullis/policy/v1/policy.pb.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

void OpenToProto(const OpenRequest& request, v1::ExchangeOpen& out);
void SegmentsToProto(const std::vector<Segment>& segments, v1::ExchangeOutput& out);
void PiecesToProto(const std::vector<Piece>& pieces, v1::ExchangeGuard& out);
void SummaryToProto(const ExchangeSummary& summary, v1::ExchangeClose& out);

// Lengths in bytes of the texts that a decision is about.
std::vector<uint32_t> LengthsOf(const std::vector<Segment>& segments);

// `lengths`: of the segments that were sent. Takes the strings out of `proto`.
absl::StatusOr<Decision> DecisionFromProto(v1::Decision& proto, const std::vector<uint32_t>& lengths);

// How far the text of each channel has come.
struct ChannelProgress {
  uint64_t sent = 0;
  uint64_t released = 0;
};
using Channels = absl::flat_hash_map<uint32_t, ChannelProgress>;

// Checks releases against `channels` and moves them on. Takes the strings out of `proto`.
absl::StatusOr<GuardResult> GuardFromProto(v1::GuardVerdict& proto, Channels& channels);

}  // namespace portcullis::policy
