// An AnswerSink over an HTTP response.
#pragma once

#include "libs/http/server.h"
#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

// `writer` must outlive the sink.
class HttpSink final : public AnswerSink {
 public:
  explicit HttpSink(http::ResponseWriter& writer) : writer_(writer) {}

  boost::asio::awaitable<absl::Status> Send(int status, AnswerHeaders headers, std::string body) override;
  boost::asio::awaitable<absl::Status> StartStream(AnswerHeaders headers) override;
  boost::asio::awaitable<absl::Status> Write(std::string_view events) override {
    return writer_.Write(events);
  }
  boost::asio::awaitable<absl::Status> End(std::string_view events) override { return writer_.End(events); }
  bool departed() const override { return writer_.departed(); }
  void OnDeparture(absl::AnyInvocable<void()> callback) override { writer_.OnDeparture(std::move(callback)); }

 private:
  http::ResponseWriter& writer_;
};

// The headers, with `application/json` as content-type unless they name another.
http::Headers ToHttpHeaders(const AnswerHeaders& headers);

// The fields of these names, for the conditions of policies.
std::vector<policy::Header> FieldsNamed(const std::vector<std::string>& names, const http::Headers& headers);

}  // namespace portcullis::edge
