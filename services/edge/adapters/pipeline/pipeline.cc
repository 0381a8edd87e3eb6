#include "services/edge/adapters/pipeline/pipeline.h"

#include <chrono>

#include "libs/base/ids.h"
#include "libs/runtime/signal.h"
#include "services/edge/adapters/pipeline/request_run.h"

namespace portcullis::edge {
namespace {

// For requests whose answer does not go through the pipeline.
class NoSink final : public AnswerSink {
 public:
  boost::asio::awaitable<absl::Status> Send(int, AnswerHeaders, std::string) override {
    co_return absl::OkStatus();
  }
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

boost::asio::awaitable<void> Pipeline::CheckAnswer(Inbound inbound, CheckedRequest* checked) {
  NoSink sink;
  RequestRun run(*this, std::move(inbound), sink);
  co_await run.CheckGivenAnswer(checked);
}

void Pipeline::Identify(const Inbound& inbound, audit::Record* record) {
  const int64_t now = deps_.clock.Now().time_since_epoch().count();
  record->request_id =
      inbound.request_id.empty() ? base::NewRequestId(now / 1000, deps_.rng) : inbound.request_id;
  record->time_us = record->started_us = now;
  record->principal = inbound.principal;
  record->client_address = inbound.client_address;
  record->traceparent = base::ChildTraceparent(inbound.traceparent, deps_.rng);
  record->endpoint = inbound.endpoint;
  record->method = inbound.method;
  record->request_bytes = inbound.body.size();
  record->config_version = live()->config_version;
}

boost::asio::awaitable<absl::StatusOr<audit::LeafId>> Pipeline::WriteDurably(const audit::Record& record) {
  const absl::StatusOr<audit::LeafId> leaf = deps_.journal.Write(record, {});
  absl::Status durable = leaf.status();
  if (durable.ok()) {
    runtime::Signal signal(deps_.executor);
    std::optional<absl::Status> result;
    deps_.journal.WhenDurable([&](absl::Status status) {
      result = std::move(status);
      signal.Set();
    });
    while (!result) co_await signal.Wait();
    durable = *std::move(result);
  }
  if (durable.ok()) co_return *leaf;
  instruments_.AuditFailures(!options_.serve_without_audit).Add();
  co_return durable;
}

boost::asio::awaitable<absl::Status> Pipeline::Report(const Inbound& inbound, audit::Record record) {
  Identify(inbound, &record);
  record.request_sha256 = HashOf(inbound.body);
  const absl::StatusOr<audit::LeafId> written = co_await WriteDurably(record);
  instruments_.Requests(inbound.endpoint, record.http_status, record.verdict).Add();
  if (options_.serve_without_audit) co_return absl::OkStatus();
  co_return written.status();
}

boost::asio::awaitable<absl::Status> Pipeline::Intend(const Inbound& inbound, audit::Record* record) {
  Identify(inbound, record);
  record->kind = audit::LeafKind::kIntent;
  const absl::StatusOr<audit::LeafId> written = co_await WriteDurably(*record);
  if (written.ok()) {
    record->intent = *written;
  } else if (!options_.serve_without_audit) {
    co_return written.status();
  }
  co_return absl::OkStatus();
}

boost::asio::awaitable<absl::StatusOr<std::vector<router::TargetStatus>>> Pipeline::Targets() {
  runtime::Signal signal(deps_.executor);
  std::optional<absl::StatusOr<std::vector<router::TargetStatus>>> targets;
  deps_.router.Targets([&](absl::StatusOr<std::vector<router::TargetStatus>> result) {
    targets = std::move(result);
    signal.Set();
  });
  while (!targets) co_await signal.Wait();
  co_return *std::move(targets);
}

AnswerHeaders Pipeline::RecordPlain(const Inbound& inbound, int status, const ApiError* error) {
  audit::Record record;
  Identify(inbound, &record);
  record.verdict = error != nullptr ? "error" : "allow";
  record.reason_code = error != nullptr ? error->code : "not_a_completion";
  record.outcome = error != nullptr ? "rejected" : "ok";
  record.http_status = status;
  if (const auto written = deps_.journal.Write(record, {}); !written.ok())
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
