// A router API that answers as its test says, for transport tests. Belongs to one worker.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "services/router/api/router_api.h"

namespace portcullis::router {

// What tests look at from other threads.
struct FakeRouterLog {
  std::mutex mutex;
  std::vector<CompletionRequest> requests;
  int destroyed = 0;
  int pauses = 0;
  int resumes = 0;
  size_t sent = 0;  // bytes of data, all calls
};

// Sends `body_bytes` of data in pieces, as fast as it is let, between a head and a summary. With model "hold"
// it says nothing, with "none" it ends without a head.
class FakeCall final : public Call, public std::enable_shared_from_this<FakeCall> {
 public:
  FakeCall(boost::asio::io_context& io, FakeRouterLog& log, CompletionRequest request, CallObserver& observer,
           size_t body_bytes)
      : io_(io), log_(log), request_(std::move(request)), observer_(&observer), left_(body_bytes) {}

  void Begin() {
    boost::asio::post(io_, [self = shared_from_this()] { self->Run(); });
  }
  void Drop() { observer_ = nullptr; }

  void Pause() override {
    paused_ = true;
    std::lock_guard lock(log_.mutex);
    ++log_.pauses;
  }
  void Resume() override {
    paused_ = false;
    {
      std::lock_guard lock(log_.mutex);
      ++log_.resumes;
    }
    Pump();
  }

 private:
  void Run() {
    if (observer_ == nullptr || request_.model == "hold") return;
    if (request_.model == "none") {
      CallSummary summary;
      summary.outcome = Outcome::kRateLimited;
      summary.message = "slow down";
      summary.param = "messages";
      summary.retry_after_seconds = 7;
      summary.attempts.push_back({"t1", "m1", Outcome::kRateLimited, 429, 1234});
      return observer_->OnDone(summary);
    }
    ResponseHead head;
    head.http_status = 200;
    head.content_type = "application/json";
    head.target = "t1";
    head.provider = "mistral";
    head.model = "m1";
    head.attempts = 2;
    head.pricing = Pricing{0.1, 0.3, 0.01, 0.125, 0.4};
    head.dropped = {"verbosity", "messages.name"};
    observer_->OnHead(head);
    Pump();
  }
  void Pump() {
    const std::string piece(10'000, 'd');
    while (!paused_ && observer_ != nullptr && left_ > 0) {
      const size_t size = std::min(left_, piece.size());
      left_ -= size;
      {
        std::lock_guard lock(log_.mutex);
        log_.sent += size;
      }
      observer_->OnData(std::string_view(piece).substr(0, size));
    }
    if (observer_ == nullptr || left_ > 0 || done_) return;
    done_ = true;
    CallSummary summary;
    summary.target = "t1";
    summary.provider = "mistral";
    summary.first_byte_us = 11;
    summary.total_us = 22;
    summary.attempts.push_back({"t0", "m0", Outcome::kUpstreamError, 503, 5});
    summary.attempts.push_back({"t1", "m1", Outcome::kOk, 200, 6});
    observer_->OnDone(summary);
  }

  boost::asio::io_context& io_;
  FakeRouterLog& log_;
  CompletionRequest request_;
  CallObserver* observer_;
  size_t left_;
  bool paused_ = false;
  bool done_ = false;
};

class FakeCallHandle final : public Call {
 public:
  FakeCallHandle(std::shared_ptr<FakeCall> call, FakeRouterLog& log) : call_(std::move(call)), log_(log) {}
  ~FakeCallHandle() override {
    call_->Drop();
    std::lock_guard lock(log_.mutex);
    ++log_.destroyed;
  }
  void Pause() override { call_->Pause(); }
  void Resume() override { call_->Resume(); }

 private:
  std::shared_ptr<FakeCall> call_;
  FakeRouterLog& log_;
};

class FakeRouter final : public RouterApi {
 public:
  FakeRouter(boost::asio::io_context& io, FakeRouterLog& log) : io_(io), log_(log) {}

  std::unique_ptr<Call> Start(CompletionRequest request, CallObserver& observer) override {
    {
      std::lock_guard lock(log_.mutex);
      log_.requests.push_back(request);
    }
    auto call = std::make_shared<FakeCall>(io_, log_, std::move(request), observer, body_bytes);
    call->Begin();
    return std::make_unique<FakeCallHandle>(std::move(call), log_);
  }
  void Targets(TargetsCallback done) override {
    std::vector<TargetStatus> targets(2);
    targets[0].id = "t0";
    targets[0].healthy = true;
    targets[1].id = "t1";
    targets[1].circuit = 2;
    targets[1].in_flight = 3;
    targets[1].last_error = "timeout";
    std::move(done)(std::move(targets));
  }

  std::atomic<size_t> body_bytes = 100;

 private:
  boost::asio::io_context& io_;
  FakeRouterLog& log_;
};

// Knows the target "t1".
class FakeAdmin final : public RouterAdmin {
 public:
  std::vector<TargetStatus> TargetsNow() const override { return {}; }
  absl::Status Control(std::string_view target, TargetAction action, const OperatorCall& by) override {
    if (target != "t1") return absl::NotFoundError("there is no such target");
    last = action;
    last_by = by;
    return absl::OkStatus();
  }

  absl::Status SetWeights(const TargetWeights& weights, const OperatorCall& by) override {
    if (!weights.contains("t1")) return absl::InvalidArgumentError("there is no such target");
    last_weights = weights;
    last_by = by;
    return absl::OkStatus();
  }

  TargetWeights last_weights;
  TargetAction last = TargetAction::kUndrain;
  OperatorCall last_by;
};

}  // namespace portcullis::router
