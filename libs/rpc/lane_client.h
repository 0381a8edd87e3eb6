// Lanes of one worker to all addresses of one service.
//
// Each address has one lane with a connection of its own. A call goes to the ready lane with the fewest open
// calls. Names are resolved again every `resolve_interval`; lanes to addresses that vanished, that are too
// old, or whose server says so take no new call and end with their last one. When a lane is lost, calls of
// which nothing was sent yet move to another lane; the others end with UNAVAILABLE: the caller decides
// whether they may be repeated.
//
// While no lane is ready calls wait, up to `max_wait`; when there has been none for longer than that they
// fail at once.
//
// Threads: everything on the worker, except construction. Destroy it on the worker, or when the worker has
// stopped; calls left over then hear nothing more.
#pragma once

#include <grpcpp/security/credentials.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/request_context.h"
#include "libs/base/rng.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/lane_call.h"
#include "libs/rpc/lane_limits.h"
#include "libs/rpc/resolver.h"
#include "libs/runtime/worker.h"
#include "libs/telemetry/api/metrics.h"

namespace portcullis::rpc {

struct LaneClientOptions {
  std::string service;               // for messages: "policy"
  std::string method;                // "/portcullis.policy.v1.PolicyService/Lane"
  std::vector<std::string> targets;  // "host:port"; all addresses of all of them are used
  LaneLimits limits;
  ChannelOptions channel;
  std::chrono::milliseconds resolve_interval{2'000};
  std::chrono::milliseconds max_age{
      600'000};  // of a lane; 20 % less for some, so that they do not end together
  std::chrono::milliseconds max_wait{1'000};  // of a call for a lane
  std::chrono::milliseconds min_backoff{50};
  std::chrono::milliseconds max_backoff{2'000};
  size_t max_waiting_calls = 4'096;
  telemetry::Gauge* ready = nullptr;  // follows the number of ready lanes; may be shared; null = nobody asks
};

class LaneClient {
 public:
  LaneClient(LaneClientOptions options, runtime::Worker& worker, const base::Clock& clock, base::Rng& rng,
             std::shared_ptr<grpc::ChannelCredentials> credentials, std::unique_ptr<Resolver> resolver);
  ~LaneClient();
  LaneClient(const LaneClient&) = delete;
  LaneClient& operator=(const LaneClient&) = delete;

  // Resolves and connects. Thread-safe, once.
  void Start();

  // Opens a call with its first message. Errors come through the observer, never inside Open.
  std::unique_ptr<LaneCall> Open(const base::RequestContext& context, std::string message,
                                 LaneObserver& observer);

  size_t ready_lanes() const;
  const LaneClientOptions& options() const { return options_; }
  const base::Clock& clock() const { return clock_; }

 private:
  friend class ClientLane;
  friend class LaneCall;

  struct Slot {
    std::string address;
    std::unique_ptr<ClientLane> lane;
    std::unique_ptr<ClientLane> successor;  // connecting, while `lane` is too old
    base::MonotonicTime retry_at{};
    std::chrono::nanoseconds backoff{0};
  };

  // From the lanes.
  void OnReady(ClientLane& lane);
  void OnGoAway(ClientLane& lane);
  void OnLost(ClientLane& lane, const absl::Status& status);
  void Wait(LaneCall& call);  // for a lane, with call.items_

  ClientLane* Pick();
  void AssignWaiting();
  void Resolve();
  void ApplyAddresses();
  void Connect(Slot& slot, std::unique_ptr<ClientLane>& place);
  void Retire(std::unique_ptr<ClientLane> lane);
  void FailWaiting(base::MonotonicTime now);
  void FailOverdue(base::MonotonicTime now);
  void RenewLanes(base::MonotonicTime now);
  absl::Status NoLane() const;
  void WatchDeadline(base::MonotonicTime deadline);
  void CountReady();
  void Due(base::MonotonicTime when);  // Maintain runs then at the latest
  void Maintain();

  const LaneClientOptions options_;
  runtime::Worker& worker_;
  const base::Clock& clock_;
  base::Rng& rng_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  std::unique_ptr<Resolver> resolver_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  // The channel that connected last: gRPC stops its threads with the last channel of a process, and waits for
  // them.
  std::shared_ptr<grpc::Channel> keeper_;
  std::map<std::string, std::vector<std::string>> addresses_;  // by target, as last resolved
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<ClientLane>> retired_;  // take no new calls
  std::vector<std::unique_ptr<ClientLane>> dead_;     // destroyed by the next Maintain
  size_t next_slot_ = 0;                              // where Pick begins, so that ties rotate
  std::map<uint64_t, LaneCall*> waiting_;             // by number, in order of arrival
  uint64_t next_waiting_ = 1;
  base::MonotonicTime next_deadline_ = base::MonotonicTime::max();  // no call's is earlier
  base::MonotonicTime next_resolve_{};
  base::MonotonicTime down_since_{};  // no lane is ready since; zero = one is
  absl::Status last_error_;
  size_t told_ready_ = 0;

  boost::asio::steady_timer timer_;
  base::MonotonicTime due_ = base::MonotonicTime::max();
};

}  // namespace portcullis::rpc
