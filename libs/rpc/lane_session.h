// One end of one lane: a LaneMux, the stream under it, and the batched hand-overs between gRPC's threads and
// the lane's worker.
//
// In: gRPC's thread puts each batch into the inbox and wakes the worker only if the inbox was empty; without
// a worker (`io` null) batches are handled on gRPC's thread, one after the other. Reading stops while the
// inbox is full. Out: what calls send gathers in the mux; one write is under way at a time, and its end
// writes what gathered meanwhile, at once and on gRPC's thread. So a busy lane costs one wake-up per batch
// and direction.
//
// The mux is behind a mutex that is held for the time of moving strings, never while writing, waking or
// calling the owner.
//
// Threads: sending methods may be called from any thread (with a worker on the client side: from it alone).
// The owner is called on the worker, or on gRPC's threads one call at a time. Lifetime: the stream holds a
// reference until it is done; calls of the owner stop with Detach.
#pragma once

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/rpc/lane_mux.h"
#include "portcullis/common/v1/lane.pb.h"

namespace portcullis::rpc {

// The gRPC stream as the session drives it. After Finish no other method is called.
class LaneWire {
 public:
  virtual ~LaneWire() = default;
  virtual void Read(common::v1::LaneBatch* batch) = 0;
  virtual void Write(const common::v1::LaneBatch* batch) = 0;
  virtual void EndWrites() = 0;  // client: half-close; answered by OnWriteDone
  virtual void Finish(const absl::Status& status) = 0;
  virtual void Abort() = 0;  // breaks the stream; reads and writes under way fail
};

class LaneOwner {
 public:
  virtual ~LaneOwner() = default;
  virtual void OnLaneReady() = 0;  // client: the peer has answered
  virtual void OnLaneEvent(LaneEvent& event) = 0;
  virtual void OnLaneWritable(uint64_t call) = 0;           // only with a worker
  virtual void OnLaneIdle() = 0;                            // after batches were handled or written
  virtual void OnLaneLost(const absl::Status& status) = 0;  // last
};

class LaneSession : public std::enable_shared_from_this<LaneSession> {
 public:
  LaneSession(LaneMux::Side side, const LaneLimits& limits, const base::Clock& clock,
              boost::asio::io_context* io);

  // Before anything else. `wire` lives until it has reported OnDone, `owner` until Detach.
  void Attach(LaneWire* wire, LaneOwner* owner);
  void Attach(LaneWire* wire, std::unique_ptr<LaneOwner> owner);  // as long as the session

  // On the worker, or when it has stopped. No owner call follows; the stream is broken.
  void Detach();

  // --- sending
  uint64_t Open(const base::RequestContext& context, std::string message);
  uint64_t Open(std::vector<LaneItem> items);
  void Send(uint64_t call, std::string message, bool last);
  size_t SendData(uint64_t call, std::string_view bytes);  // returns queued_bytes
  void End(uint64_t call, const absl::Status& status);
  void Cancel(uint64_t call);
  void GoAway();
  bool TakeBack(uint64_t call, std::vector<LaneItem>& items);
  void Consumed(uint64_t call, size_t bytes);
  // Server: calls that End or a last message has closed since it was asked before.
  std::vector<uint64_t> TakeClosed();
  size_t queued_bytes(uint64_t call);
  size_t open_calls();

  // The owner will consume this event's payload later; without it payloads count as consumed after
  // OnLaneEvent. Only within OnLaneEvent.
  void KeepHeld() { keep_held_ = true; }

  // Client: half-closes when everything is written. Nothing may be sent afterwards.
  void CloseWhenWritten();

  // --- called by the wire, on gRPC's threads
  void Start();  // the stream exists: begin to read
  void OnReady();
  void OnReadDone(bool ok);
  void OnWriteDone(bool ok);
  void OnCancelled();
  void Close();      // reads nothing more; finishes the wire when the write under way is done
  void OnUnwired();  // the wire goes away: it is not used from here on
  void OnDone(const absl::Status& status);  // the wire is gone

  // Waits for OnDone. Short after Detach; not on gRPC's threads.
  void AwaitDone();

 private:
  using Lock = std::unique_lock<std::mutex>;

  enum class Next : uint8_t { kNothing, kWrite, kEndWrites, kFinish };

  Next Step();  // what the wire has to do now; with mutex_ held
  void Perform(Next next);
  void Flush();
  void FlushSoon(Lock lock);
  void ScheduleLocked();  // with inbox_mutex_ held
  void Drain();
  void Dispatch(common::v1::LaneBatch& batch);
  void Abort();
  void ResumeReading();
  bool finished();
  std::unique_ptr<common::v1::LaneBatch> SpareLocked();  // with inbox_mutex_ held

  boost::asio::io_context* const io_;
  LaneWire* wire_ = nullptr;
  std::unique_ptr<LaneOwner> owned_owner_;
  LaneOwner* owner_ = nullptr;  // worker, or gRPC's reading thread

  std::mutex mutex_;  // the mux and what is written
  LaneMux mux_;
  common::v1::LaneBatch out_;  // under way while writing_
  bool writing_ = false;
  bool corked_ = false;  // a batch is being handled: write at its end
  bool flush_posted_ = false;
  bool ending_ = false;  // CloseWhenWritten
  bool ended_ = false;   // EndWrites was called
  bool closed_ = false;  // nothing can be read any more
  bool broken_ = false;  // a write failed
  bool finished_ = false;
  absl::Status finish_status_;

  std::mutex inbox_mutex_;  // what came and has not been handled
  std::vector<std::unique_ptr<common::v1::LaneBatch>> inbox_;
  std::vector<std::unique_ptr<common::v1::LaneBatch>> spare_;
  std::unique_ptr<common::v1::LaneBatch> reading_;
  std::vector<uint64_t> writable_;
  bool scheduled_ = false;
  bool read_paused_ = false;
  bool detached_ = false;
  bool ready_ = false;
  bool unwired_ = false;
  bool lost_ = false;
  std::condition_variable done_;
  absl::Status lost_status_;

  // Used by the thread that handles batches only.
  std::vector<std::unique_ptr<common::v1::LaneBatch>> handling_;
  std::vector<LaneEvent> events_;
  std::vector<std::pair<uint64_t, size_t>> consumed_;
  bool keep_held_ = false;
};

}  // namespace portcullis::rpc
