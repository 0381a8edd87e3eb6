// A Server on a worker of its own, with a handler that the test writes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/http/server.h"
#include "libs/runtime/worker.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/wait.h"
#include "tests/unit/libs/http/raw_client.h"

namespace portcullis::http {

using boost::asio::awaitable;

class RecordedRefusals final : public RefusalHandler {
 public:
  struct Entry {
    int status;
    std::string code;
    std::string method;
    std::string path;
    std::string remote_address;
    bool answerable;
  };

  Response OnRefused(const Refusal& refusal) override {
    const std::lock_guard lock(mutex_);
    entries_.push_back({refusal.status, std::string(refusal.code), std::string(refusal.method),
                        std::string(refusal.path), std::string(refusal.remote_address), refusal.answerable});
    return {refusal.status, {{"x-refused", "yes"}}, std::string(refusal.code)};
  }

  std::vector<Entry> entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

class FunctionHandler final : public Handler {
 public:
  using Function = std::function<awaitable<void>(Request&, ResponseWriter&)>;

  awaitable<void> Handle(Request& request, ResponseWriter& writer) override {
    return function(request, writer);
  }

  Function function;
};

// Suspends a handler until somebody on the worker's thread opens it.
class Gate {
 public:
  explicit Gate(boost::asio::io_context& io) : timer_(io, boost::asio::steady_timer::time_point::max()) {}

  awaitable<void> Wait() {
    boost::system::error_code ignored;
    if (!open_) co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
  void Open() {
    open_ = true;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  bool open_ = false;
};

class ServerFixture : public ::testing::Test {
 protected:
  ~ServerFixture() override {
    if (worker_ == nullptr) return;
    worker_->Stop();
    worker_->Join();
    server_.reset();
    gate_.reset();
    worker_.reset();
  }

  void Start(FunctionHandler::Function function, const ServerOptions& options = {}) {
    handler_.function = std::move(function);
    worker_ = std::make_unique<runtime::Worker>(0);
    gate_ = std::make_unique<Gate>(worker_->io());
    auto server = Server::Listen(*worker_, {{"127.0.0.1", 0}}, options, Dependencies());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    worker_->Start();
  }

  // Answers with what it got.
  void StartEcho(const ServerOptions& options = {}) {
    Start(
        [](Request& request, ResponseWriter& writer) -> awaitable<void> {
          Response response{200, {{"x-path", request.path}}, request.method + "|" + request.body};
          (void)co_await writer.Send(std::move(response));
        },
        options);
  }

  // Runs `function` on the worker's thread and returns what it returns.
  template <typename Function>
  auto OnWorker(Function function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto result = task.get_future();
    boost::asio::post(worker_->io(), std::move(task));
    return result.get();
  }

  ServerDependencies Dependencies() { return {handler_, refusals_, clock_, metrics_}; }
  uint16_t port() const { return server_->port(); }
  bool WaitForRefusals(size_t count) {
    return testing::WaitUntil([&] { return refusals_.entries().size() >= count; });
  }

  FunctionHandler handler_;
  RecordedRefusals refusals_;
  testing::FakeClock clock_;
  testing::RecordingMetrics metrics_;
  std::unique_ptr<runtime::Worker> worker_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Server> server_;
};

}  // namespace portcullis::http
