// An AnswerSink that keeps a whole answer for a unary RPC.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "services/edge/adapters/grpc/departure.h"
#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

class UnarySink final : public AnswerSink {
 public:
  explicit UnarySink(boost::asio::any_io_executor executor)
      : departure_(std::make_shared<Departure>(std::move(executor))) {}

  boost::asio::awaitable<absl::Status> Send(int status, AnswerHeaders headers, std::string body) override {
    status_ = status;
    headers_ = std::move(headers);
    body_ = std::move(body);
    co_return departed() ? absl::CancelledError("the client has gone") : absl::OkStatus();
  }
  boost::asio::awaitable<absl::Status> StartStream(AnswerHeaders) override {
    co_return absl::FailedPreconditionError("this call has a whole answer");
  }
  boost::asio::awaitable<absl::Status> Write(std::string_view) override {
    co_return absl::FailedPreconditionError("this call has a whole answer");
  }
  boost::asio::awaitable<absl::Status> End(std::string_view) override {
    co_return absl::FailedPreconditionError("this call has a whole answer");
  }
  bool departed() const override { return departure_->departed(); }
  void OnDeparture(absl::AnyInvocable<void()> callback) override { departure_->OnDeparture(std::move(callback)); }

  void Cancel() { departure_->Tell(); }  // any thread

  int status() const { return status_; }
  const AnswerHeaders& headers() const { return headers_; }
  const std::string& body() const { return body_; }

 private:
  const std::shared_ptr<Departure> departure_;
  int status_ = 500;
  AnswerHeaders headers_;
  std::string body_;
};

}  // namespace portcullis::edge
