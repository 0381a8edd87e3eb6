#include "services/edge/adapters/pipeline/pipeline.h"

#include <chrono>

#include "libs/base/ids.h"
#include "services/edge/adapters/pipeline/request_run.h"

namespace portcullis::edge {
namespace {

// For requests whose answer does not go through the pipeline.
class NoSink final : public AnswerSink {
 public:
  boost::asio::awaitable<absl::Status> Send(int, AnswerHeaders, std::string) override { co_return absl::OkStatus(); }
  boost::asio::awaitable<absl::Status> StartStream(AnswerHeaders) override { co_return absl::OkStatus(); }
  boost::asio::awaitable<absl::Status> Write(std::string_view) override { co_return absl::OkStatus(); }
  boost::asio::awaitable<absl::Status> End(std::string_view) override { co_return absl::OkStatus(); }
  bool departed() const override { return false; }
  void OnDeparture(absl::AnyInvocable<void()>) override {}
};

}  // namespace

boost::asio::awaitable<void> Pipeline::Run(Inbound inbound, AnswerSink& sink, audit::Record* record) {
  RequestRun run(*this, std::move(inbound), sink);
  co_await run.Run();
  if (record != nullptr) *record = run.TakeRecord();
}

boost::asio::awaitable<void> Pipeline::Check(Inbound inbound, CheckedRequest* checked) {
  NoSink sink;
  RequestRun run(*this, std::move(inbound), sink);
  co_await run.Check(checked);
}

AnswerHeaders Pipeline::RecordPlain(const Inbound& inbound, int status, const ApiError* error) {
  const int64_t now = deps_.clock.Now().time_since_epoch().count();
  audit::Record record;
  record.request_id = base::NewRequestId(now / 1000, deps_.rng);
  record.time_us = record.started_us = now;
  record.principal = inbound.principal;
  record.client_address = inbound.client_address;
  record.traceparent = base::ChildTraceparent(inbound.traceparent, deps_.rng);
  record.endpoint = inbound.endpoint;
  record.method = inbound.method;
  record.verdict = error != nullptr ? "error" : "allow";
  record.reason_code = error != nullptr ? error->code : "not_a_completion";
  record.outcome = error != nullptr ? "rejected" : "ok";
  record.http_status = status;
  record.request_bytes = inbound.body.size();
  record.config_version = live()->config_version;
  if (const auto written = deps_.journal.Write(record); !written.ok())
    instruments_.AuditFailures(false).Add();
  instruments_.Requests(inbound.endpoint, status, record.verdict).Add();
  AnswerHeaders headers = {{"x-request-id", record.request_id}};
  if (error != nullptr) AppendErrorHeaders(*error, &headers);
  return headers;
}

void AppendErrorHeaders(const ApiError& error, AnswerHeaders* headers) {
  if (error.no_retry) headers->emplace_back("x-should-retry", "false");
  if (error.retry_after_seconds > 0) {
    headers->emplace_back("retry-after", std::to_string(error.retry_after_seconds));
  }
}

}  // namespace portcullis::edge
