// One lane of a LaneClient: a session, its gRPC stream, and the calls on it. Internal to libs/rpc.
#pragma once

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/request_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/lane_call.h"
#include "libs/rpc/lane_session.h"

namespace portcullis::rpc {

class LaneClient;

// On the worker of its client.
class ClientLane final : public LaneOwner {
 public:
  // Begins to connect.
  ClientLane(LaneClient& client, std::string address, boost::asio::io_context& io, const base::Clock& clock,
             const std::shared_ptr<grpc::ChannelCredentials>& credentials);
  // Breaks the stream and waits for its end: at once when the lane was lost already.
  ~ClientLane() override;

  const std::string& address() const { return address_; }
  bool ready() const { return ready_; }
  size_t open_calls() const { return calls_.size(); }
  base::MonotonicTime retire_at() const { return retire_at_; }
  void set_retire_at(base::MonotonicTime when) { retire_at_ = when; }
  base::MonotonicTime ready_since() const { return ready_since_; }

  // Takes no more calls and closes with its last one.
  void Retire();

  // Puts a call, with its items, onto this lane.
  void Adopt(LaneCall& call);
  // Ends a call whose object goes away or whose deadline has passed.
  void Abandon(uint64_t id);
  // Fails all calls whose deadline is before `now`; returns the earliest of the others.
  base::MonotonicTime FailOverdue(base::MonotonicTime now);

  LaneSession& session() { return *session_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  void OnLaneReady() override;
  void OnLaneEvent(LaneEvent& event) override;
  void OnLaneWritable(uint64_t call) override;
  void OnLaneIdle() override {}
  void OnLaneLost(const absl::Status& status) override;

 private:
  friend class LaneCall;

  // The call is over or its caller has gone.
  void Forget(uint64_t id);

  LaneClient& client_;
  const std::string address_;
  const base::Clock& clock_;
  std::shared_ptr<grpc::Channel> channel_;
  std::shared_ptr<LaneSession> session_;
  absl::flat_hash_map<uint64_t, LaneCall*> calls_;
  bool ready_ = false;
  bool retired_ = false;
  bool lost_ = false;
  base::MonotonicTime retire_at_ = base::MonotonicTime::max();
  base::MonotonicTime ready_since_{};
};

}  // namespace portcullis::rpc
