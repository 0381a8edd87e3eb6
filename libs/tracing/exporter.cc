#include "libs/tracing/exporter.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "libs/tracing/otlp_encoding.h"
#include "libs/tracing/tracing_metrics.h"

namespace portcullis::tracing {
namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr size_t kMaxAnswerBytes = 64 << 10;
constexpr std::chrono::milliseconds kMaxBackoff{30'000};

// The answers that OTLP calls retryable.
bool IsRetryable(int http_status) {
  return http_status == 429 || http_status == 502 || http_status == 503 || http_status == 504;
}

}  // namespace

Exporter::Exporter(OtlpOptions options, SpanQueue& queue, boost::asio::io_context& io,
                   const base::Clock& clock, telemetry::Metrics& metrics, telemetry::Logger& logger)
    : options_(std::move(options)),
      queue_(queue),
      clock_(clock),
      logger_(logger),
      exported_(metrics.AddCounter(kTraceSpans, {{"result", "exported"}})),
      failed_(metrics.AddCounter(kTraceSpans, {{"result", "failed"}})),
      held_(metrics.AddGauge(kTraceQueue)),
      interval_(io),
      retry_(io),
      client_(io, clock) {
  ArmInterval();
}

void Exporter::ArmInterval() {
  interval_.expires_after(options_.interval);
  interval_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    due_ = true;
    Wake();
    ArmInterval();
  });
}

void Exporter::Wake() {
  Gather();
  SendNext();
}

void Exporter::Gather() {
  std::vector<telemetry::Span> fresh = queue_.TakeAll();
  std::move(fresh.begin(), fresh.end(), std::back_inserter(waiting_));
  held_.Set(static_cast<double>(queue_.held()));
}

void Exporter::SendNext() {
  if (sending_ > 0) return;
  const bool all = due_ || flush_ != nullptr;
  const size_t count = std::min(waiting_.size(), options_.max_batch_spans);
  if (count < options_.max_batch_spans) due_ = false;
  if (count == 0) return EndFlush(absl::OkStatus());
  if (!all && count < options_.max_batch_spans) return;
  std::vector<telemetry::Span> batch;
  batch.reserve(count);
  std::move(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count),
            std::back_inserter(batch));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  sending_ = count;
  body_ = EncodeRequest(options_.resource, batch);
  tries_ = 0;
  give_up_ = clock_.Monotonic() + options_.retry_for;
  Post();
}

void Exporter::Post() {
  ++tries_;
  curl::HttpRequest request;
  request.url = options_.url;
  request.headers = options_.headers;
  request.content_type = kProtobuf;
  request.body = body_;
  request.timeout = options_.timeout;
  request.max_answer_bytes = kMaxAnswerBytes;
  client_.Start(std::move(request),
                [this](absl::StatusOr<curl::HttpAnswer> answer) { OnAnswer(std::move(answer)); });
}

void Exporter::OnAnswer(absl::StatusOr<curl::HttpAnswer> answer) {
  const Verdict verdict = Judge(answer);
  Tell(verdict.status);
  if (verdict.again && std::exchange(once_more_, false)) return Post();
  if (verdict.again && flush_ == nullptr && TryLater(verdict)) return;
  EndBatch(verdict);
}

Exporter::Verdict Exporter::Judge(const absl::StatusOr<curl::HttpAnswer>& answer) const {
  Verdict verdict;
  if (!answer.ok()) {
    verdict.status = answer.status();
    verdict.again = !absl::IsResourceExhausted(answer.status());
    return verdict;
  }
  if (answer->http_status / 100 == 2) {
    verdict.rejected = static_cast<size_t>(RejectedSpans(answer->body, sending_));
    return verdict;
  }
  verdict.status = absl::UnavailableError(base::StrCat("it answers ", answer->http_status));
  verdict.again = IsRetryable(answer->http_status);
  verdict.wait = answer->retry_after;
  return verdict;
}

// False: the batch would be too old by then.
bool Exporter::TryLater(const Verdict& verdict) {
  const auto doubled = options_.first_backoff * (int64_t{1} << std::min(tries_ - 1, 10));
  const auto bound = std::min<std::chrono::milliseconds>(doubled, kMaxBackoff);
  const std::chrono::milliseconds jittered(
      static_cast<int64_t>(static_cast<double>(bound.count()) * (0.5 + 0.5 * rng_.NextUnit())));
  const std::chrono::milliseconds wait = std::max(jittered, verdict.wait);
  if (clock_.Monotonic() + wait > give_up_) return false;
  retry_.expires_after(wait);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Post();
  });
  return true;
}

void Exporter::EndBatch(const Verdict& verdict) {
  const size_t count = std::exchange(sending_, 0);
  once_more_ = false;
  const size_t failed = verdict.status.ok() ? verdict.rejected : count;
  Forget(failed, failed_);
  Forget(count - failed, exported_);
  body_.clear();
  if (!verdict.status.ok() && flush_ != nullptr) {
    Gather();
    Forget(waiting_.size(), failed_);
    waiting_.clear();
    return EndFlush(verdict.status);
  }
  Wake();
}

void Exporter::Flush(FlushCallback done) {
  flush_ = std::move(done);
  Gather();
  if (sending_ == 0) return SendNext();
  // A batch that waits for its next try has that now; one that is under way may have one more.
  if (retry_.cancel() > 0) return Post();
  once_more_ = true;
}

void Exporter::EndFlush(absl::Status status) {
  if (flush_ == nullptr) return;
  std::move(std::exchange(flush_, nullptr))(std::move(status));
}

void Exporter::Forget(size_t spans, telemetry::Counter& as) {
  if (spans > 0) as.Add(static_cast<double>(spans));
  queue_.Release(spans);
  held_.Set(static_cast<double>(queue_.held()));
}

// One line when it begins to fail, one when it is well again.
void Exporter::Tell(const absl::Status& status) {
  if (status.ok() == !failing_) return;
  failing_ = !status.ok();
  if (failing_) {
    logger_.Warning("traces cannot be exported", {{"reason", base::Message(status)}});
  } else {
    logger_.Info("traces are exported again");
  }
}

}  // namespace portcullis::tracing
