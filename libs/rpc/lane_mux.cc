#include "libs/rpc/lane_mux.h"

#include <algorithm>
#include <utility>

#include "libs/base/strings.h"
#include "libs/rpc/context_translate.h"
#include "libs/rpc/status_map.h"

namespace portcullis::rpc {

namespace pb = common::v1;

namespace {

constexpr size_t kFrameOverhead =
    64;  // what a frame counts besides its payload, so that tiny ones end a batch too
constexpr size_t kShortTurnBytes = kMaxFrameBytes;
constexpr size_t kMaxSpareCalls = 1024;
constexpr size_t kMaxSpareItems = 8;
constexpr size_t kMaxSentItems = 64;  // sent items that a call keeps before it closes the gap

}  // namespace

LaneMux::LaneMux(Side side, const LaneLimits& limits, const base::Clock& clock)
    : side_(side), limits_(limits), clock_(clock) {}

LaneMux::~LaneMux() = default;

LaneMux::Call* LaneMux::Find(uint64_t id) {
  const auto it = calls_.find(id);
  return it == calls_.end() ? nullptr : it->second.get();
}

LaneMux::Call& LaneMux::Add(uint64_t id) {
  std::unique_ptr<Call> call;
  if (spare_.empty()) {
    call = std::make_unique<Call>();
  } else {
    call = std::move(spare_.back());
    spare_.pop_back();
  }
  call->id = id;
  last_id_ = std::max(last_id_, id);
  return *(calls_[id] = std::move(call));
}

void LaneMux::Remove(Call& call) {
  buffered_ -= call.partial.size() + call.held;
  auto node = calls_.extract(call.id);
  if (spare_.size() >= kMaxSpareCalls) return;
  std::vector<LaneItem> items = std::move(call.items);
  items.clear();
  call = Call{};
  if (items.capacity() <= kMaxSpareItems) call.items = std::move(items);
  spare_.push_back(std::move(node.mapped()));
}

uint64_t LaneMux::Open(const base::RequestContext& context, std::string message) {
  std::vector<LaneItem> items(1);
  items[0].kind = pb::FRAME_KIND_OPEN;
  items[0].context = std::make_unique<base::RequestContext>(context);
  items[0].bytes = std::move(message);
  return Open(std::move(items));
}

uint64_t LaneMux::Open(std::vector<LaneItem> items) {
  Call& call = Add(last_id_ + 1);
  for (LaneItem& item : items) Push(call, std::move(item));
  return call.id;
}

void LaneMux::Push(Call& call, LaneItem item) {
  if (call.closing) return;
  call.closing = item.last || item.kind == pb::FRAME_KIND_END;
  if (call.closing && side_ == Side::kServer) closed_.push_back(call.id);
  call.queued += item.bytes.size();
  call.above_high_water |= call.queued > kHighWaterBytes;
  call.items.push_back(std::move(item));
  Enlist(call);
}

void LaneMux::Enlist(Call& call) {
  if (call.enlisted || call.head == call.items.size()) return;
  const LaneItem& item = call.items[call.head];
  const bool needs_window = item.offset < item.bytes.size();
  if (needs_window && call.credit == 0) return;
  call.enlisted = true;
  (call.queued <= kMaxFrameBytes ? short_ring_ : long_ring_).push_back(call.id);
}

void LaneMux::Send(uint64_t id, std::string message, bool last) {
  Call* call = Find(id);
  if (call == nullptr) return;
  LaneItem item;
  item.bytes = std::move(message);
  item.last = last;
  Push(*call, std::move(item));
}

void LaneMux::SendData(uint64_t id, std::string_view bytes) {
  Call* call = Find(id);
  if (call == nullptr || bytes.empty() || call->closing) return;
  // Small pieces that wait anyway travel in one frame.
  if (call->head < call->items.size()) {
    LaneItem& tail = call->items.back();
    if (tail.kind == pb::FRAME_KIND_DATA && tail.bytes.size() + bytes.size() <= kMaxFrameBytes) {
      tail.bytes += bytes;
      call->queued += bytes.size();
      call->above_high_water |= call->queued > kHighWaterBytes;
      return;
    }
  }
  LaneItem item;
  item.kind = pb::FRAME_KIND_DATA;
  item.bytes = bytes;
  Push(*call, std::move(item));
}

void LaneMux::End(uint64_t id, const absl::Status& status) {
  Call* call = Find(id);
  if (call == nullptr || call->closing) return;
  if (!status.ok()) {
    control_.push_back({pb::FRAME_KIND_END, id, 0, status});
    closed_.push_back(id);
    Remove(*call);
    return;
  }
  LaneItem item;
  item.kind = pb::FRAME_KIND_END;
  Push(*call, std::move(item));
}

void LaneMux::Cancel(uint64_t id) {
  Call* call = Find(id);
  if (call == nullptr) return;
  if (call->begun) control_.push_back({pb::FRAME_KIND_CANCEL, id, 0, {}});
  Remove(*call);
}

void LaneMux::GoAway() { control_.push_back({pb::FRAME_KIND_GO_AWAY, 0, 0, {}}); }

size_t LaneMux::queued_bytes(uint64_t id) const {
  const auto it = calls_.find(id);
  return it == calls_.end() ? 0 : it->second->queued;
}

bool LaneMux::TakeBack(uint64_t id, std::vector<LaneItem>& items) {
  Call* call = Find(id);
  if (call == nullptr || call->begun) return false;
  items = std::move(call->items);
  call->items.clear();
  Remove(*call);
  return true;
}

bool LaneMux::HasOutput() const { return !control_.empty() || !short_ring_.empty() || !long_ring_.empty(); }

std::vector<uint64_t> LaneMux::TakeWritable() { return std::exchange(writable_, {}); }

std::vector<uint64_t> LaneMux::TakeClosed() { return std::exchange(closed_, {}); }

void LaneMux::GatherControl(pb::LaneBatch& batch) {
  for (size_t bytes = 0; !control_.empty() && bytes < kBatchBytes; control_.pop_front()) {
    const Control& control = control_.front();
    pb::Frame& frame = *batch.add_frames();
    frame.set_kind(control.kind);
    frame.set_call_id(control.call);
    if (control.credit > 0) frame.set_credit(control.credit);
    if (!control.status.ok()) {
      frame.set_status_code(static_cast<int>(control.status.code()));
      frame.set_status_message(std::string(base::Message(control.status)));
    }
    bytes += kFrameOverhead + frame.status_message().size();
  }
}

void LaneMux::Gather(pb::LaneBatch& batch) {
  GatherControl(batch);
  for (size_t bytes = 0; bytes < kBatchBytes;) {
    Call* call = NextSender();
    if (call == nullptr) break;
    bytes += AddFrame(*call, batch) + kFrameOverhead;
  }
}

// The two rings share the lane byte for byte while both have something to send.
LaneMux::Call* LaneMux::NextSender() {
  if (short_turn_bytes_ < kShortTurnBytes || long_ring_.empty()) {
    if (Call* call = PopRing(short_ring_)) {
      short_turn_bytes_ += std::min(call->queued, kMaxFrameBytes) + kFrameOverhead;
      return call;
    }
  }
  if (Call* call = PopRing(long_ring_)) {
    short_turn_bytes_ = 0;
    return call;
  }
  return PopRing(short_ring_);
}

// Ids of calls that ended meanwhile are skipped.
LaneMux::Call* LaneMux::PopRing(std::deque<uint64_t>& ring) {
  while (!ring.empty()) {
    Call* call = Find(ring.front());
    ring.pop_front();
    if (call != nullptr && call->enlisted) {
      call->enlisted = false;
      return call;
    }
  }
  return nullptr;
}

size_t LaneMux::AddFrame(Call& call, pb::LaneBatch& batch) {
  LaneItem& item = call.items[call.head];
  pb::Frame& frame = *batch.add_frames();
  frame.set_call_id(call.id);
  frame.set_kind(item.offset > 0 && item.kind == pb::FRAME_KIND_OPEN ? pb::FRAME_KIND_MESSAGE : item.kind);
  if (item.context != nullptr) {
    ContextToProto(*item.context, clock_.Monotonic(), *frame.mutable_context());
    item.context.reset();
  }
  const size_t left = item.bytes.size() - item.offset;
  const size_t size = std::min({left, kMaxFrameBytes, static_cast<size_t>(call.credit)});
  if (item.offset == 0 && size == left) {
    if (size > 0) frame.set_payload(std::move(item.bytes));
  } else {
    frame.mutable_payload()->assign(item.bytes, item.offset, size);
  }
  call.begun = true;
  call.credit -= size;
  call.queued -= size;
  item.offset += size;
  if (size == left) {
    FinishItem(call, frame);
  } else {
    frame.set_more(item.kind != pb::FRAME_KIND_DATA);
    Enlist(call);
  }
  return size;
}

void LaneMux::FinishItem(Call& call, pb::Frame& frame) {
  const LaneItem& item = call.items[call.head];
  const bool over = item.last || item.kind == pb::FRAME_KIND_END;
  frame.set_last(item.last);
  if (over) return Remove(call);
  ++call.head;
  if (call.head == call.items.size() || call.head == kMaxSentItems) {
    call.items.erase(call.items.begin(), call.items.begin() + static_cast<ptrdiff_t>(call.head));
    call.head = 0;
  }
  Enlist(call);
  if (call.above_high_water && call.queued <= kLowWaterBytes) {
    call.above_high_water = false;
    writable_.push_back(call.id);
  }
}

}  // namespace portcullis::rpc
