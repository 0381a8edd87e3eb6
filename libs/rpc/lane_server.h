// The server's end of lanes: takes the streams of a service's `Lane` RPC and hands their calls to handlers.
//
// A lane is bound to one handler for its life. With a worker everything of it happens there; without one it
// happens on gRPC's threads, one batch after the other: right for handlers that only compute. Lanes spread
// evenly over the bindings.
//
// Lifetime: the server outlives the grpc::Server that serves its lanes; workers and handlers outlive both.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/request_context.h"
#include "libs/rpc/lane_limits.h"
#include "libs/rpc/lane_session.h"
#include "libs/runtime/worker.h"
#include "portcullis/common/v1/lane.pb.h"

namespace portcullis::rpc {

// Where a call's answers go. Any thread; cheap to copy. Nothing happens when the call is over already.
class LaneReply {
 public:
  LaneReply(std::weak_ptr<LaneSession> session, uint64_t call) : session_(std::move(session)), call_(call) {}

  void Send(std::string message) const;
  size_t SendData(std::string_view bytes) const;  // returns queued_bytes()
  void SendLast(std::string message) const;       // ends the call with OK
  void End(const absl::Status& status) const;
  size_t queued_bytes() const;  // not sent yet; stop above kHighWaterBytes until OnWritable

 private:
  std::weak_ptr<LaneSession> session_;
  uint64_t call_;
};

// One call at its handler. Destroyed when the call is over, whoever ended it: by a reply, the client (also by
// going away), or the loss of the lane. Never inside of one of its own methods or of a reply.
class LaneServerCall {
 public:
  virtual ~LaneServerCall() = default;
  virtual void OnMessage(std::string message) = 0;
  virtual void OnWritable() = 0;  // only with a worker
};

class LaneHandler {
 public:
  virtual ~LaneHandler() = default;

  // The deadline of `context` is the client's. Null: the handler wants to hear nothing more of this call; the
  // reply has ended it or will.
  virtual std::unique_ptr<LaneServerCall> OnOpen(base::RequestContext context, std::string message,
                                                 LaneReply reply) = 0;
};

struct LaneBinding {
  runtime::Worker* worker = nullptr;  // null: gRPC's threads
  LaneHandler* handler = nullptr;
};

struct LaneServerOptions {
  LaneLimits limits;
  uint32_t max_lanes = 4'096;
};

class LaneServer {
 public:
  LaneServer(LaneServerOptions options, const base::Clock& clock, std::vector<LaneBinding> bindings);
  ~LaneServer();

  // What a service returns from `Lane`.
  grpc::ServerBidiReactor<common::v1::LaneBatch, common::v1::LaneBatch>* Accept();

  // Tells all clients to go elsewhere; new lanes are refused. What is open may end. Thread-safe.
  void GoAway();

  size_t lanes() const;

 private:
  class Wire;

  struct Lane {
    std::shared_ptr<LaneSession> session;
    size_t binding;
  };

  void Remove(const LaneSession* session);

  const LaneServerOptions options_;
  const base::Clock& clock_;
  const std::vector<LaneBinding> bindings_;
  mutable std::mutex mutex_;  // taken when lanes come and go
  std::vector<Lane> lanes_;
  std::vector<size_t> lanes_per_binding_;
  bool going_away_ = false;
};

}  // namespace portcullis::rpc
