// The receiving half of LaneMux.
#include <algorithm>
#include <utility>

#include "libs/base/strings.h"
#include "libs/rpc/context_translate.h"
#include "libs/rpc/lane_mux.h"
#include "libs/rpc/status_map.h"

namespace portcullis::rpc {

namespace pb = common::v1;

namespace {

constexpr uint64_t kMaxCredit = 1ull << 30;

bool IsPayloadKind(pb::FrameKind kind) {
  return kind == pb::FRAME_KIND_MESSAGE || kind == pb::FRAME_KIND_DATA || kind == pb::FRAME_KIND_OPEN;
}

}  // namespace

absl::Status LaneMux::Receive(pb::LaneBatch& batch, std::vector<LaneEvent>& events) {
  for (pb::Frame& frame : *batch.mutable_frames()) {
    if (frame.call_id() == 0) {
      if (side_ == Side::kServer || frame.kind() != pb::FRAME_KIND_GO_AWAY) {
        return absl::InvalidArgumentError("lane: a frame without call id");
      }
      events.emplace_back(LaneEvent::Kind::kGoAway);
    } else {
      ReceiveFrame(frame, events);
    }
    if (control_.size() > limits_.max_control_frames) {
      return absl::ResourceExhaustedError("lane: the peer does not read");
    }
  }
  return absl::OkStatus();
}

void LaneMux::ReceiveFrame(pb::Frame& frame, std::vector<LaneEvent>& events) {
  const uint64_t id = frame.call_id();
  if (side_ == Side::kServer && frame.kind() == pb::FRAME_KIND_OPEN) return ReceiveOpen(frame, events);
  Call* call = Find(id);
  if (call == nullptr) {
    // Late frames of a call that is over are normal.
    if (id > last_id_)
      Violate(id, absl::InvalidArgumentError("lane: a frame for a call never opened"), events);
    return;
  }
  if (IsPayloadKind(frame.kind())) {
    ReceivePayload(*call, frame, events);
  } else {
    ReceiveControl(*call, frame, events);
  }
}

void LaneMux::ReceiveOpen(pb::Frame& frame, std::vector<LaneEvent>& events) {
  const uint64_t id = frame.call_id();
  if (is_open(id)) {
    return Violate(id, absl::InvalidArgumentError("lane: the call is open already"), events);
  }
  last_id_ = std::max(last_id_, id);
  if (calls_.size() >= limits_.max_calls) {
    return Violate(id, absl::ResourceExhaustedError("lane: too many calls are open"), events);
  }
  absl::StatusOr<base::RequestContext> context = ContextFromProto(frame.context(), clock_.Monotonic());
  if (!context.ok()) return Violate(id, context.status(), events);
  Call& call = Add(id);
  call.context = std::make_unique<base::RequestContext>(*std::move(context));
  call.opening = true;
  ReceivePayload(call, frame, events);
}

absl::Status LaneMux::CheckPayload(const Call& call, const pb::Frame& frame) const {
  const size_t size = frame.payload().size();
  if (frame.kind() == pb::FRAME_KIND_OPEN && !call.opening) {
    return absl::InvalidArgumentError("lane: a server does not open calls");
  }
  if (size > kMaxFrameBytes) {
    return absl::InvalidArgumentError(
        base::StrCat("lane: a frame of ", size, " bytes; at most ", kMaxFrameBytes));
  }
  if (call.window_used + size > kWindowBytes) {
    return absl::InvalidArgumentError("lane: the call's window was overrun");
  }
  if (frame.kind() == pb::FRAME_KIND_DATA && (call.assembling || call.opening)) {
    return absl::InvalidArgumentError("lane: data within a message");
  }
  if (frame.more() && frame.last())
    return absl::InvalidArgumentError("lane: a frame with both more and last");
  if (call.partial.size() + size > limits_.max_message_bytes) {
    return absl::ResourceExhaustedError(
        base::StrCat("lane: a message of more than ", limits_.max_message_bytes, " bytes"));
  }
  if (buffered_ + size > limits_.max_buffered_bytes) {
    return absl::ResourceExhaustedError("lane: too many bytes are waiting");
  }
  return absl::OkStatus();
}

void LaneMux::ReceivePayload(Call& call, pb::Frame& frame, std::vector<LaneEvent>& events) {
  if (absl::Status status = CheckPayload(call, frame); !status.ok()) {
    return Violate(call.id, std::move(status), events);
  }
  const size_t size = frame.payload().size();
  call.window_used += size;
  if (!frame.more()) return Deliver(call, frame, events);
  call.assembling = true;
  call.partial += frame.payload();
  buffered_ += size;
  // A message may be longer than the window: while the reader keeps up, its parts are granted as they come.
  if (call.held == 0) {
    Grant(call, size);
  } else {
    call.owed += size;
  }
}

void LaneMux::Deliver(Call& call, pb::Frame& frame, std::vector<LaneEvent>& events) {
  const bool data = frame.kind() == pb::FRAME_KIND_DATA;
  LaneEvent event(data ? LaneEvent::Kind::kData : LaneEvent::Kind::kMessage, call.id);
  if (call.opening) event.kind = LaneEvent::Kind::kOpen;
  event.last = frame.last();
  event.context = std::move(call.context);
  call.owed += frame.payload().size();
  buffered_ += frame.payload().size();
  if (call.assembling) {
    call.partial += frame.payload();
    event.payload = std::exchange(call.partial, {});
  } else {
    event.payload = std::move(*frame.mutable_payload());
  }
  call.held += event.payload.size();
  call.assembling = call.opening = false;
  events.push_back(std::move(event));
  if (frame.last()) Remove(call);
}

void LaneMux::ReceiveControl(Call& call, pb::Frame& frame, std::vector<LaneEvent>& events) {
  const bool client = side_ == Side::kClient;
  const bool sane_credit = frame.credit() > 0 && frame.credit() <= kMaxCredit - call.credit;
  if (frame.kind() == pb::FRAME_KIND_WINDOW && sane_credit) {
    call.credit += frame.credit();
    return Enlist(call);
  }
  const uint64_t id = call.id;
  if (client && frame.kind() == pb::FRAME_KIND_END) {
    events.push_back(
        LaneEvent(LaneEvent::Kind::kEnd, id, StatusFromCode(frame.status_code(), frame.status_message())));
    return Remove(call);
  }
  if (!client && frame.kind() == pb::FRAME_KIND_CANCEL) {
    events.push_back(LaneEvent(LaneEvent::Kind::kEnd, id, absl::CancelledError("the caller has gone")));
    return Remove(call);
  }
  Violate(id, absl::InvalidArgumentError(base::StrCat("lane: malformed frame of kind ", int{frame.kind()})),
          events);
}

void LaneMux::Violate(uint64_t id, absl::Status status, std::vector<LaneEvent>& events) {
  const bool client = side_ == Side::kClient;
  control_.push_back(
      {client ? pb::FRAME_KIND_CANCEL : pb::FRAME_KIND_END, id, 0, client ? absl::OkStatus() : status});
  Call* call = Find(id);
  if (call == nullptr) return;
  // To the caller a peer that breaks the protocol is an internal error, not an invalid argument of its own.
  events.push_back(LaneEvent(LaneEvent::Kind::kEnd, id,
                             client ? absl::InternalError(status.message()) : std::move(status)));
  Remove(*call);
}

void LaneMux::Consumed(uint64_t id, size_t bytes) {
  Call* call = Find(id);
  if (call == nullptr || bytes > call->held) return;
  call->held -= bytes;
  buffered_ -= bytes;
  if (call->held == 0) Grant(*call, std::exchange(call->owed, 0));
}

// Small grants gather: the peer has half a window left while they wait.
void LaneMux::Grant(Call& call, size_t bytes) {
  call.window_used -= bytes;
  call.to_grant += bytes;
  if (call.to_grant < kWindowBytes / 2) return;
  control_.push_back({pb::FRAME_KIND_WINDOW, call.id, std::exchange(call.to_grant, 0), {}});
}

}  // namespace portcullis::rpc
