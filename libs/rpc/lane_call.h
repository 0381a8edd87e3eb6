// The client's end of one call on a lane. Belongs to the worker of its LaneClient, as all that it calls back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/rpc/lane_mux.h"

namespace portcullis::rpc {

class LaneClient;
class ClientLane;

// Never called inside LaneClient::Open, Send or Finish. May destroy the call.
class LaneObserver {
 public:
  virtual ~LaneObserver() = default;
  virtual void OnMessage(std::string message) = 0;
  virtual void OnData(std::string_view bytes) = 0;  // valid during the call
  // What waits to be sent has fallen below kLowWaterBytes after it was above kHighWaterBytes.
  virtual void OnWritable() = 0;
  // The call is over; nothing follows. Exactly once, unless the call is destroyed before. Errors of the lane
  // itself: UNAVAILABLE (no lane, or it was lost), DEADLINE_EXCEEDED.
  virtual void OnEnd(const absl::Status& status) = 0;
};

// Destroying a call that is not over cancels it at the server.
class LaneCall {
 public:
  ~LaneCall();
  LaneCall(const LaneCall&) = delete;
  LaneCall& operator=(const LaneCall&) = delete;

  void Send(std::string message);

  // Sends the last message; nothing comes back and the observer hears no more. The call may be destroyed at
  // once.
  void Finish(std::string message);

  // When the call fails with DEADLINE_EXCEEDED from now on; zero = never. The server does not hear of it.
  void SetDeadline(base::MonotonicTime deadline);

  // Holds back what comes from the server; the window then stops the server. Resume delivers within the call.
  void Pause() { paused_ = true; }
  void Resume();

  // Not sent yet. Senders of much stop above kHighWaterBytes and wait for OnWritable.
  size_t queued_bytes() const;

 private:
  friend class ClientLane;
  friend class LaneClient;

  LaneCall(LaneClient& client, LaneObserver& observer, base::MonotonicTime deadline);

  bool Deliver(LaneEvent& event);  // false: it is kept until Resume
  void Emit(LaneEvent& event);

  LaneClient* client_;  // null when the client or the call is gone
  ClientLane* lane_ = nullptr;
  LaneObserver& observer_;
  base::MonotonicTime deadline_;   // zero = none
  base::MonotonicTime fail_at_{};  // while waiting for a lane
  uint64_t id_ = 0;                // on the lane; while waiting: in the queue
  std::vector<LaneItem> items_;    // while waiting
  std::vector<LaneEvent> held_;    // while paused
  bool waiting_ = false;
  bool paused_ = false;
  bool* destroyed_ = nullptr;  // set while the observer is being called
};

}  // namespace portcullis::rpc
