#include "libs/rpc/lane_call.h"

#include <utility>

#include "libs/rpc/client_lane.h"
#include "libs/rpc/lane_client.h"

namespace portcullis::rpc {

LaneCall::LaneCall(LaneClient& client, LaneObserver& observer, base::MonotonicTime deadline)
    : client_(&client), observer_(observer), deadline_(deadline) {}

LaneCall::~LaneCall() {
  if (destroyed_ != nullptr) *destroyed_ = true;
  if (waiting_ && client_ != nullptr) client_->waiting_.erase(id_);
  if (lane_ != nullptr) lane_->Abandon(id_);
}

void LaneCall::Send(std::string message) {
  if (lane_ != nullptr) return lane_->session().Send(id_, std::move(message), false);
  if (!waiting_) return;
  LaneItem item;
  item.bytes = std::move(message);
  items_.push_back(std::move(item));
}

void LaneCall::Finish(std::string message) {
  if (lane_ != nullptr) {
    ClientLane* lane = std::exchange(lane_, nullptr);
    client_ = nullptr;
    lane->session().Send(id_, std::move(message), true);
    lane->Forget(id_);
  } else if (waiting_) {
    // Nothing of the call was ever sent: there is nothing to finish.
    client_->waiting_.erase(id_);
    waiting_ = false;
    client_ = nullptr;
  }
}

void LaneCall::SetDeadline(base::MonotonicTime deadline) {
  deadline_ = deadline;
  if (client_ != nullptr) client_->WatchDeadline(deadline);
}

size_t LaneCall::queued_bytes() const {
  if (lane_ != nullptr) return lane_->session().queued_bytes(id_);
  size_t bytes = 0;
  for (const LaneItem& item : items_) bytes += item.bytes.size();
  return bytes;
}

void LaneCall::Resume() {
  paused_ = false;
  std::vector<LaneEvent> events = std::exchange(held_, {});
  for (size_t i = 0; i < events.size(); ++i) {
    if (paused_) {
      held_.insert(held_.begin(), std::make_move_iterator(events.begin() + static_cast<ptrdiff_t>(i)),
                   std::make_move_iterator(events.end()));
      return;
    }
    const size_t bytes = events[i].payload.size();
    bool destroyed = false;
    destroyed_ = &destroyed;
    Emit(events[i]);
    if (destroyed) return;
    destroyed_ = nullptr;
    if (lane_ != nullptr && bytes > 0) lane_->session().Consumed(id_, bytes);
  }
}

bool LaneCall::Deliver(LaneEvent& event) {
  if (!paused_) {
    Emit(event);
    return true;
  }
  held_.push_back(std::move(event));
  return false;
}

void LaneCall::Emit(LaneEvent& event) {
  if (event.kind == LaneEvent::Kind::kData) return observer_.OnData(event.payload);
  if (event.kind == LaneEvent::Kind::kEnd) return observer_.OnEnd(event.status);
  bool destroyed = false;
  bool* const outer = std::exchange(destroyed_, &destroyed);
  observer_.OnMessage(std::move(event.payload));
  if (destroyed) {
    if (outer != nullptr) *outer = true;
    return;
  }
  destroyed_ = outer;
  if (event.last) observer_.OnEnd(absl::OkStatus());
}

}  // namespace portcullis::rpc
