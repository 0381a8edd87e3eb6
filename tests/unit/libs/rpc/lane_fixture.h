// A lane server and a lane client on loopback, with scripted handlers, for tests of libs/rpc.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/rpc/lane_client.h"
#include "libs/rpc/lane_server.h"
#include "libs/rpc/server_host.h"
#include "portcullis/policy/v1/policy_service.grpc.pb.h"

namespace portcullis::rpc {

inline constexpr std::chrono::seconds kPatience{20};

// Waits for conditions that other threads bring about.
class Monitor {
 public:
  template <typename F>
  void Change(F change) {
    {
      std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  template <typename F>
  [[nodiscard]] bool Await(F condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  template <typename F>
  auto Read(F read) {
    std::lock_guard lock(mutex_);
    return read();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

// A handler made of functions. The first message and all others go to `on_message`. What it counts outlives
// it: a server may still be ending calls when the test's handlers are gone.
class ScriptHandler final : public LaneHandler {
  struct Counts {
    Monitor monitor;
    int open = 0, closed = 0, writable = 0;
  };
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();

 public:
  using OnMessage = std::function<void(const std::string&, const LaneReply&, const base::RequestContext&)>;

  explicit ScriptHandler(OnMessage on_message) : on_message_(std::move(on_message)) {}

  std::unique_ptr<LaneServerCall> OnOpen(base::RequestContext context, std::string message,
                                         LaneReply reply) override {
    monitor.Change([&] { ++open; });
    auto call = std::make_unique<Call>(*this, std::move(context), std::move(reply));
    call->OnMessage(std::move(message));
    return call;
  }

  Monitor& monitor = counts_->monitor;
  int& open = counts_->open;      // calls opened
  int& closed = counts_->closed;  // calls destroyed
  int& writable = counts_->writable;

 private:
  class Call final : public LaneServerCall {
   public:
    Call(ScriptHandler& handler, base::RequestContext context, LaneReply reply)
        : handler_(handler),
          counts_(handler.counts_),
          context_(std::move(context)),
          reply_(std::move(reply)) {}
    ~Call() override {
      counts_->monitor.Change([&] { ++counts_->closed; });
    }
    void OnMessage(std::string message) override { handler_.on_message_(message, reply_, context_); }
    void OnWritable() override {
      handler_.monitor.Change([&] { ++handler_.writable; });
      handler_.on_message_("writable", reply_, context_);
    }

   private:
    ScriptHandler& handler_;
    const std::shared_ptr<Counts> counts_;
    base::RequestContext context_;
    LaneReply reply_;
  };

  OnMessage on_message_;
};

class LaneService final : public policy::v1::PolicyService::CallbackService {
 public:
  explicit LaneService(LaneServer& server) : server_(server) {}
  grpc::ServerBidiReactor<common::v1::LaneBatch, common::v1::LaneBatch>* Lane(
      grpc::CallbackServerContext*) override {
    return server_.Accept();
  }

 private:
  LaneServer& server_;
};

// A server that can be stopped; a new one can take its port.
struct TestServer {
  TestServer(const base::Clock& clock, LaneBinding binding, int port = 0, LaneServerOptions options = {})
      : lanes(options, clock, {binding}), service(lanes), host(Options(port), PlaintextServerCredentials()) {
    host.AddService(service, "portcullis.policy.v1.PolicyService");
    host.OnDrain([this] { lanes.GoAway(); });
    const absl::Status started = host.Start();
    EXPECT_TRUE(started.ok()) << started.message();
  }
  static ServerHostOptions Options(int port) {
    ServerHostOptions options;
    options.address = "127.0.0.1:" + std::to_string(port);
    return options;
  }

  LaneServer lanes;
  LaneService service;
  ServerHost host;
};

// Collects what an observer hears. Used on the worker, read from the test's thread through the monitor.
class TestCall final : public LaneObserver {
 public:
  void OnMessage(std::string message) override {
    monitor.Change([&] {
      bytes += message.size();
      messages.push_back(std::move(message));
    });
    if (then) then(*this);
  }
  void OnData(std::string_view data) override {
    monitor.Change([&] { bytes += data.size(); });
    if (then) then(*this);
  }
  void OnWritable() override {
    monitor.Change([&] { ++writable; });
  }
  void OnEnd(const absl::Status& end) override {
    monitor.Change([&] {
      status = end;
      ended = true;
    });
  }
  [[nodiscard]] bool AwaitEnd() {
    return monitor.Await([&] { return ended; });
  }
  [[nodiscard]] bool AwaitMessages(size_t count) {
    return monitor.Await([&] { return messages.size() >= count || ended; }) && messages.size() >= count;
  }

  Monitor monitor;
  std::vector<std::string> messages;
  size_t bytes = 0;
  int writable = 0;
  bool ended = false;
  absl::Status status;
  std::function<void(TestCall&)> then;  // on the worker, after a message or data
  std::unique_ptr<LaneCall> call;
};

class LaneTest : public ::testing::Test {
 protected:
  LaneTest() : worker_(0), server_worker_(1) {
    worker_.Start();
    server_worker_.Start();
  }
  ~LaneTest() override {
    OnWorker([this] { client_.reset(); });
    server_.reset();
  }

  // Runs on the client's worker and waits.
  template <typename F>
  void OnWorker(F work) {
    std::promise<void> done;
    boost::asio::post(worker_.io(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  void StartServer(ScriptHandler& handler, bool on_worker = false, int port = 0,
                   LaneServerOptions options = {}) {
    server_ = std::make_unique<TestServer>(
        clock_, LaneBinding{on_worker ? &server_worker_ : nullptr, &handler}, port, options);
  }
  LaneClientOptions ClientOptions(int port) const {
    LaneClientOptions options;
    options.service = "policy";
    options.method = "/portcullis.policy.v1.PolicyService/Lane";
    options.targets = {"127.0.0.1:" + std::to_string(port)};
    options.max_wait = std::chrono::seconds(10);
    return options;
  }
  void StartClient(LaneClientOptions options) {
    client_ =
        std::make_unique<LaneClient>(std::move(options), worker_, clock_, rng_, PlaintextChannelCredentials(),
                                     std::make_unique<DnsResolver>(worker_.io()));
    client_->Start();
  }
  void StartClient() { StartClient(ClientOptions(server_->host.port())); }

  void Open(TestCall& call, std::string message, base::RequestContext context = {}) {
    OnWorker([&] { call.call = client_->Open(context, std::move(message), call); });
  }
  [[nodiscard]] bool AwaitReadyLanes(size_t count) {
    for (const auto end = clock_.Monotonic() + kPatience; clock_.Monotonic() < end;) {
      size_t ready = 0;
      OnWorker([&] { ready = client_->ready_lanes(); });
      if (ready == count) return true;
    }
    return false;
  }
  void Drop(TestCall& call) {
    OnWorker([&] { call.call.reset(); });
  }

  base::SystemClock clock_;
  base::SystemRng rng_{1};
  runtime::Worker worker_;
  runtime::Worker server_worker_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<LaneClient> client_;
};

}  // namespace portcullis::rpc
