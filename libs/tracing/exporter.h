// Sends what a queue of spans holds, batch after batch. Private to OtlpTracer, which says how.
//
// Belongs to the thread of its event loop, but for its making and its end, when nothing runs there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/curl/http_client.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/tracing/otlp_options.h"
#include "libs/tracing/span_queue.h"

namespace portcullis::tracing {

class Exporter {
 public:
  using FlushCallback = absl::AnyInvocable<void(absl::Status) &&>;

  Exporter(OtlpOptions options, SpanQueue& queue, boost::asio::io_context& io, const base::Clock& clock,
           telemetry::Metrics& metrics, telemetry::Logger& logger);

  // A batch may be full.
  void Wake();

  // See OtlpTracer::Flush. One at a time.
  void Flush(FlushCallback done);

 private:
  // What an answer means for the batch.
  struct Verdict {
    absl::Status status;  // OK: the collector has it
    bool again = false;   // it may be sent again
    std::chrono::milliseconds wait{0};
    size_t rejected = 0;
  };

  void ArmInterval();
  void Gather();
  void SendNext();
  void Post();
  void OnAnswer(absl::StatusOr<curl::HttpAnswer> answer);
  Verdict Judge(const absl::StatusOr<curl::HttpAnswer>& answer) const;
  bool TryLater(const Verdict& verdict);
  void EndBatch(const Verdict& verdict);
  void EndFlush(absl::Status status);
  void Forget(size_t spans, telemetry::Counter& as);
  void Tell(const absl::Status& status);

  const OtlpOptions options_;
  SpanQueue& queue_;
  const base::Clock& clock_;
  telemetry::Logger& logger_;
  telemetry::Counter& exported_;
  telemetry::Counter& failed_;
  telemetry::Gauge& held_;
  base::SystemRng rng_;
  boost::asio::steady_timer interval_;
  boost::asio::steady_timer retry_;
  curl::HttpClient client_;

  std::deque<telemetry::Span> waiting_;  // taken from the queue
  size_t sending_ = 0;                   // spans of the batch under way; 0 = none is
  std::string body_;                     // of that batch
  int tries_ = 0;
  base::MonotonicTime give_up_{};
  bool due_ = false;        // less than a batch may be sent
  bool once_more_ = false;  // the batch under way was sent before the flush began
  bool failing_ = false;    // and the log says so
  FlushCallback flush_;     // null: no flush is under way
};

}  // namespace portcullis::tracing
