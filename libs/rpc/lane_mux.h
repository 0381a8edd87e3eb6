// One end of a lane as pure logic: turns what calls want to send into frames, and frames that came into
// events.
//
// Sending is fair: calls that need one frame more and calls that need many form two rings, which share the
// lane byte for byte; within a ring each call sends one frame and goes to the end. Control frames go first
// and need no window. A call's window bounds what it has under way, `queued_bytes` what it has not sent yet.
//
// Receiving never trusts the peer: whatever breaks the protocol ends the call it names (LaneEvent::kEnd with
// the reason, and the peer is told), or, when it names none, the lane (Receive fails).
//
// Not thread-safe, does no I/O, never blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/request_context.h"
#include "libs/rpc/lane_limits.h"
#include "portcullis/common/v1/lane.pb.h"

namespace portcullis::rpc {

struct LaneEvent {
  enum class Kind : uint8_t {
    kOpen,     // server: a call with its context and whole first message
    kMessage,  // a whole message
    kData,     // raw bytes
    kEnd,      // the call is over: as the peer said (client), cancelled (server), or a violation (both)
    kGoAway,   // client: open nothing more on this lane
  };
  explicit LaneEvent(Kind event_kind, uint64_t of_call = 0, absl::Status reason = absl::OkStatus())
      : kind(event_kind), call(of_call), status(std::move(reason)) {}

  Kind kind;
  bool last = false;  // with kOpen and kMessage: the peer will say nothing more; the call is over
  uint64_t call;
  std::string payload;
  std::unique_ptr<base::RequestContext> context;  // kOpen
  absl::Status status;                            // kEnd
};

// What a call wants to send. Opaque outside; calls that had not begun can be taken to another lane with it.
struct LaneItem {
  common::v1::FrameKind kind = common::v1::FRAME_KIND_MESSAGE;
  bool last = false;
  size_t offset = 0;
  std::string bytes;
  std::unique_ptr<base::RequestContext> context;  // FRAME_KIND_OPEN
  absl::Status status;                            // FRAME_KIND_END
};

class LaneMux {
 public:
  enum class Side : uint8_t { kClient, kServer };

  // `clock` outlives the mux; deadlines become remaining time when a frame is gathered.
  LaneMux(Side side, const LaneLimits& limits, const base::Clock& clock);
  ~LaneMux();

  // Client: opens a call, with the items of a call taken back from another lane, or with its first message.
  uint64_t Open(const base::RequestContext& context, std::string message);
  uint64_t Open(std::vector<LaneItem> items);

  // Calls that are not open are ignored: they may just have ended.
  void Send(uint64_t call, std::string message, bool last);
  void SendData(uint64_t call, std::string_view bytes);
  void End(uint64_t call, const absl::Status& status);  // server; an error overtakes what is queued
  void Cancel(uint64_t call);                           // client; nothing more comes of the call
  void GoAway();                                        // server

  // The reader has taken `bytes` of payload from events of this call.
  void Consumed(uint64_t call, size_t bytes);

  size_t queued_bytes(uint64_t call) const;
  bool is_open(uint64_t call) const { return calls_.contains(call); }
  size_t open_calls() const { return calls_.size(); }
  uint64_t buffered_bytes() const { return buffered_; }

  // Client: takes a call off that has not begun (no frame of it gathered yet). False if it has.
  bool TakeBack(uint64_t call, std::vector<LaneItem>& items);

  bool HasOutput() const;

  // Fills `batch` (which must be empty) with frames of about kBatchBytes.
  void Gather(common::v1::LaneBatch& batch);

  // Calls whose queue fell below kLowWaterBytes while gathering, after it had been above kHighWaterBytes.
  std::vector<uint64_t> TakeWritable();

  // Server: calls that End or a last message has closed since it was asked before.
  std::vector<uint64_t> TakeClosed();
  bool has_closed() const { return !closed_.empty(); }

  // Appends what `batch` means to `events`; payloads are moved out of it. Fails when the lane must be closed.
  absl::Status Receive(common::v1::LaneBatch& batch, std::vector<LaneEvent>& events);

 private:
  struct Call {
    uint64_t id = 0;
    // sending
    std::vector<LaneItem>
        items;  // from `head` on; emptied when all are sent, so that the memory is used again
    size_t head = 0;
    size_t queued = 0;  // payload bytes in items
    uint64_t credit = kWindowBytes;
    bool enlisted = false;  // in a ring
    bool begun = false;     // a frame has been gathered
    bool above_high_water = false;
    bool closing = false;  // its last item is queued
    // receiving
    std::unique_ptr<base::RequestContext> context;  // until the first message is whole
    std::string partial;                            // the message being put together
    bool assembling = false;
    bool opening = false;  // the partial message is the first
    uint64_t window_used = 0;
    uint64_t held = 0;  // delivered and not consumed
    uint64_t owed = 0;  // to be granted when nothing is held
    uint64_t to_grant = 0;
  };

  struct Control {
    common::v1::FrameKind kind;
    uint64_t call = 0;
    uint64_t credit = 0;
    absl::Status status;
  };

  Call* Find(uint64_t id);
  Call& Add(uint64_t id);
  void Remove(Call& call);
  void Push(Call& call, LaneItem item);
  void Enlist(Call& call);
  Call* NextSender();
  Call* PopRing(std::deque<uint64_t>& ring);
  size_t AddFrame(Call& call, common::v1::LaneBatch& batch);
  void FinishItem(Call& call, common::v1::Frame& frame);
  void GatherControl(common::v1::LaneBatch& batch);

  void ReceiveFrame(common::v1::Frame& frame, std::vector<LaneEvent>& events);
  void ReceiveOpen(common::v1::Frame& frame, std::vector<LaneEvent>& events);
  void ReceivePayload(Call& call, common::v1::Frame& frame, std::vector<LaneEvent>& events);
  void ReceiveControl(Call& call, common::v1::Frame& frame, std::vector<LaneEvent>& events);
  absl::Status CheckPayload(const Call& call, const common::v1::Frame& frame) const;
  void Deliver(Call& call, common::v1::Frame& frame, std::vector<LaneEvent>& events);
  void Violate(uint64_t id, absl::Status status, std::vector<LaneEvent>& events);
  void Grant(Call& call, size_t bytes);

  const Side side_;
  const LaneLimits limits_;
  const base::Clock& clock_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Call>> calls_;
  std::vector<std::unique_ptr<Call>> spare_;
  std::deque<uint64_t> short_ring_;  // calls that need one frame more
  std::deque<uint64_t> long_ring_;
  std::deque<Control> control_;
  std::vector<uint64_t> writable_;
  std::vector<uint64_t> closed_;
  uint64_t last_id_ = 0;  // greatest id opened (a server may see smaller ones later: short calls overtake)
  uint64_t buffered_ = 0;
  size_t short_turn_bytes_ = 0;  // sent by the short ring since the long ring's last turn
};

}  // namespace portcullis::rpc
