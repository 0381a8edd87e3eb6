// Bytes from a peer: as frames of a lane, as protos of the policy and router services, and as answers to a
// client. None may crash, and what is accepted must hold what the translations promise.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/rpc/context_translate.h"
#include "libs/rpc/lane_mux.h"
#include "portcullis/policy/v1/policy_service.pb.h"
#include "portcullis/router/v1/router_service.pb.h"
#include "services/policy/adapters/grpc/policy_translate.h"
#include "services/policy/client/policy_client_translate.h"
#include "services/router/adapters/grpc/router_translate.h"
#include "services/router/client/router_client_translate.h"

namespace portcullis {
namespace {

constexpr base::MonotonicTime kNow{std::chrono::hours(1)};

class FixedClock final : public base::Clock {
 public:
  base::SystemTime Now() const override { return {}; }
  base::MonotonicTime Monotonic() const override { return kNow; }
};

void Require(bool condition) {
  if (!condition) std::abort();
}

void FuzzLane(const std::string& bytes, rpc::LaneMux::Side side) {
  common::v1::LaneBatch batch;
  if (!batch.ParseFromString(bytes)) return;
  const FixedClock clock;
  rpc::LaneMux mux(side, {.max_calls = 4, .max_message_bytes = 1000, .max_buffered_bytes = 2000}, clock);
  if (side == rpc::LaneMux::Side::kClient) mux.Open({}, "hello");
  std::vector<rpc::LaneEvent> events;
  if (!mux.Receive(batch, events).ok()) return;
  Require(mux.open_calls() <= 4 && mux.buffered_bytes() <= 2000);
  for (const rpc::LaneEvent& event : events) {
    mux.Send(event.call, "answer", false);
    mux.Consumed(event.call, event.payload.size());
    mux.End(event.call, absl::OkStatus());
  }
  for (int i = 0; i < 100 && mux.HasOutput(); ++i) {
    common::v1::LaneBatch out;
    mux.Gather(out);
  }
}

void FuzzPolicyRequest(const std::string& bytes) {
  policy::v1::ExchangeRequest request;
  if (!request.ParseFromString(bytes)) return;
  if (request.has_open()) {
    auto context = rpc::ContextFromProto(request.open().context(), kNow);
    if (context.ok()) (void)policy::OpenFromProto(request.open(), *context);
  }
  if (request.has_output()) (void)policy::SegmentsFromProto(request.output().segments());
  if (request.has_guard()) (void)policy::PiecesFromProto(request.guard());
}

void FuzzPolicyResponse(const std::string& bytes) {
  policy::v1::ExchangeResponse response;
  if (!response.ParseFromString(bytes)) return;
  const std::vector<uint32_t> lengths{10, 0, 1000};
  if (response.has_output()) {
    const auto decision = policy::DecisionFromProto(*response.mutable_output(), lengths);
    if (!decision.ok()) return;
    for (const policy::Edit& edit : decision->edits) {
      Require(edit.segment < lengths.size() && edit.begin <= edit.end && edit.end <= lengths[edit.segment]);
    }
  }
  policy::Channels channels;
  channels[0] = {.sent = 100, .released = 10};
  channels[7] = {.sent = 5, .released = 0};
  if (response.has_guard()) (void)policy::GuardFromProto(*response.mutable_guard(), channels);
  for (const auto& [number, channel] : channels) Require(channel.released <= channel.sent);
}

void FuzzRouter(const std::string& bytes) {
  router::v1::LaneRequest request;
  if (request.ParseFromString(bytes) && request.has_complete()) {
    const auto completion = router::CompletionFromProto(*request.mutable_complete(), {});
    Require(!completion.ok() || completion->model_end <= completion->body.size());
  }
  router::v1::CompleteResponse response;
  if (!response.ParseFromString(bytes)) return;
  if (response.has_head()) (void)router::HeadFromProto(*response.mutable_head());
  if (response.has_summary()) (void)router::SummaryFromProto(*response.mutable_summary());
}

}  // namespace
}  // namespace portcullis

// The first byte chooses what the others are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 5) {
    case 0:
      portcullis::FuzzLane(bytes, portcullis::rpc::LaneMux::Side::kServer);
      break;
    case 1:
      portcullis::FuzzLane(bytes, portcullis::rpc::LaneMux::Side::kClient);
      break;
    case 2:
      portcullis::FuzzPolicyRequest(bytes);
      break;
    case 3:
      portcullis::FuzzPolicyResponse(bytes);
      break;
    case 4:
      portcullis::FuzzRouter(bytes);
      break;
  }
  return 0;
}
