// An AnswerSink that puts AxonFlow's envelopes around whole answers and refusals. Streams pass as they are:
// events of chat completion chunks.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "services/edge/adapters/http/http_sink.h"
#include "services/edge/domain/axonflow/answers.h"

namespace portcullis::edge {

// `writer` must outlive the sink.
class ProxySink final : public AnswerSink {
 public:
  ProxySink(std::shared_ptr<const LiveSettings> live, http::ResponseWriter& writer)
      : live_(std::move(live)), http_(writer) {}

  // Blocked: 403. A provider that failed: 200, as SDKs expect it. Anything else keeps its status.
  int OnRefusal(const ApiError& error, std::string_view outcome) override;
  void OnOutcome(const audit::Record& record) override { record_ = record; }

  boost::asio::awaitable<absl::Status> Send(int status, AnswerHeaders headers, std::string body) override;
  boost::asio::awaitable<absl::Status> StartStream(AnswerHeaders headers) override {
    return http_.StartStream(std::move(headers));
  }
  boost::asio::awaitable<absl::Status> Write(std::string_view events) override { return http_.Write(events); }
  boost::asio::awaitable<absl::Status> End(std::string_view events) override { return http_.End(events); }
  bool departed() const override { return http_.departed(); }
  void OnDeparture(absl::AnyInvocable<void()> callback) override { http_.OnDeparture(std::move(callback)); }

 private:
  enum class Kind : uint8_t { kAnswer, kBlocked, kTooCostly, kUpstreamFailed, kRejected };

  std::string Envelope(std::string_view body) const;

  const std::shared_ptr<const LiveSettings> live_;
  HttpSink http_;
  Kind kind_ = Kind::kAnswer;
  std::string reason_;  // of a refusal
  audit::Record record_;
};

}  // namespace portcullis::edge
