#include "libs/tracing/otlp_tracer.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <cmath>
#include <future>
#include <optional>
#include <utility>

#include "libs/base/strings.h"
#include "libs/runtime/worker.h"
#include "libs/tracing/exporter.h"
#include "libs/tracing/tracing_metrics.h"

namespace portcullis::tracing {
namespace {

constexpr int kWorkerIndex = 1001;  // names the thread; request workers count from 0
constexpr size_t kHalf = 16;        // digits of half a trace id

}  // namespace

struct OtlpTracer::Thread {
  Thread(OtlpOptions options, SpanQueue& queue, const base::Clock& clock, telemetry::Metrics& metrics,
         telemetry::Logger& logger)
      : exporter(std::move(options), queue, worker.io(), clock, metrics, logger) {
    worker.Start();
  }

  ~Thread() {
    worker.Stop();
    worker.Join();
  }

  runtime::Worker worker{kWorkerIndex};
  Exporter exporter;
};

OtlpTracer::OtlpTracer(OtlpOptions options, const base::Clock& clock, telemetry::Metrics& metrics,
                       telemetry::Logger& logger)
    : ratio_(options.sample_ratio),
      batch_(options.max_batch_spans),
      dropped_(metrics.AddCounter(kTraceSpans, {{"result", "dropped"}})),
      queue_(options.max_queue_spans),
      thread_(std::make_unique<Thread>(std::move(options), queue_, clock, metrics, logger)) {}

OtlpTracer::~OtlpTracer() = default;

bool OtlpTracer::Wants(std::string_view traceparent) const { return telemetry::IsSampled(traceparent); }

// The second half of a trace id is random in whatever made it, and every service would decide alike.
bool OtlpTracer::Samples(std::string_view trace_id) const {
  if (ratio_ >= 1) return true;
  const std::string_view half = trace_id.substr(std::min(trace_id.size(), kHalf));
  uint64_t value = 0;
  (void)std::from_chars(half.data(), half.data() + half.size(), value, 16);
  return static_cast<double>(value) < std::ldexp(ratio_, 64);
}

// The exporter is woken once for each full batch; what is less waits for its interval.
void OtlpTracer::Record(telemetry::Span span) {
  const std::optional<size_t> fresh = queue_.Push(std::move(span));
  if (!fresh) return dropped_.Add();
  if (*fresh == batch_) boost::asio::post(thread_->worker.io(), [this] { thread_->exporter.Wake(); });
}

absl::Status OtlpTracer::Flush(std::chrono::milliseconds patience) {
  const auto done = std::make_shared<std::promise<absl::Status>>();
  std::future<absl::Status> result = done->get_future();
  boost::asio::post(thread_->worker.io(), [this, done] {
    thread_->exporter.Flush([done](absl::Status status) { done->set_value(std::move(status)); });
  });
  if (result.wait_for(patience) == std::future_status::ready) return result.get();
  return absl::DeadlineExceededError(
      base::StrCat(queue_.held(), " spans were not exported within ", patience.count(), " ms"));
}

}  // namespace portcullis::tracing
