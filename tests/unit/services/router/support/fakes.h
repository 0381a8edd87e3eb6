// Fakes of the router's ports: time, randomness, the provider, metrics and logs. Single-threaded but for the
// last two.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/timer_port.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router::test {

class FakeClock final : public base::Clock {
 public:
  base::SystemTime Now() const override { return {}; }
  base::MonotonicTime Monotonic() const override { return now_; }
  void Advance(base::Duration by) { now_ += by; }

 private:
  base::MonotonicTime now_{std::chrono::hours(1)};
};

// NextUnit() is `unit` each time.
class FakeRng final : public base::Rng {
 public:
  explicit FakeRng(double unit = 0.5) { set_unit(unit); }
  void set_unit(double unit) { next_ = static_cast<uint64_t>(unit * 0x1.0p53) << 11; }
  uint64_t Next() override { return next_; }

 private:
  uint64_t next_ = 0;
};

class FakeTimers final : public TimerPort {
 public:
  explicit FakeTimers(FakeClock& clock) : clock_(clock) {}

  std::unique_ptr<Timer> RunAfter(base::Duration delay, absl::AnyInvocable<void()> action) override;

  // Moves the clock, running what falls due in order.
  void Advance(base::Duration by);

  // Until the next timer; nullopt = none is set.
  std::optional<base::Duration> NextDelay() const;

 private:
  struct Entry {
    base::MonotonicTime due;
    bool cancelled = false;
    absl::AnyInvocable<void()> action;
  };
  class Handle;

  std::shared_ptr<Entry> Next() const;

  FakeClock& clock_;
  std::vector<std::shared_ptr<Entry>> entries_;
};

// An attempt that the test answers.
class FakeAttempt final : public UpstreamAttempt {
 public:
  FakeAttempt(UpstreamRequest request, UpstreamObserver& observer)
      : request_(std::move(request)), body_(request_.body), observer_(observer) {}

  const UpstreamRequest& request() const { return request_; }
  const std::string& body() const { return body_; }
  bool released() const { return released_; }
  bool paused() const { return paused_; }

  void Head(int status = 200) { observer_.OnUpstreamHead(status, "application/json"); }
  void Data(std::string_view bytes) { observer_.OnUpstreamData(bytes); }
  void Done(UpstreamResult result);
  void AnswerOk(std::string_view body = "{}");
  void AnswerStatus(int status, std::string body = "", std::chrono::milliseconds retry_after = {});
  void Fail(TransportError error);

  void Pause() override { paused_ = true; }
  void Resume() override { paused_ = false; }
  std::string CopyBody() const override { return body_; }
  void Release() override { released_ = true; }

 private:
  UpstreamRequest request_;
  std::string body_;
  UpstreamObserver& observer_;
  bool released_ = false;
  bool paused_ = false;
};

class FakeUpstream final : public UpstreamPort {
 public:
  UpstreamAttemptPtr Start(UpstreamRequest request, UpstreamObserver& observer) override {
    attempts_.push_back(std::make_unique<FakeAttempt>(std::move(request), observer));
    return UpstreamAttemptPtr(attempts_.back().get());
  }

  size_t count() const { return attempts_.size(); }
  FakeAttempt& attempt(size_t i) { return *attempts_.at(i); }
  FakeAttempt& last() { return *attempts_.back(); }

 private:
  std::vector<std::unique_ptr<FakeAttempt>> attempts_;
};

class RecordingObserver final : public CallObserver {
 public:
  void OnHead(const ResponseHead& h) override { head = h; }
  void OnData(std::string_view bytes) override { data += bytes; }
  void OnDone(const CallSummary& s) override { summary = s; }

  std::optional<ResponseHead> head;
  std::string data;
  std::optional<CallSummary> summary;
};

// Keeps the values of counters and gauges, and the number of a histogram's observations. Thread-safe.
class RecordingMetrics final : public telemetry::Metrics {
 public:
  RecordingMetrics();
  ~RecordingMetrics() override;

  telemetry::Counter& AddCounter(const telemetry::MetricDescription& description,
                                 const telemetry::Labels& labels) override;
  telemetry::Gauge& AddGauge(const telemetry::MetricDescription& description,
                             const telemetry::Labels& labels) override;
  telemetry::Histogram& AddHistogram(const telemetry::MetricDescription& description,
                                     const std::vector<double>&, const telemetry::Labels& labels) override;

  // 0 when there is no such instrument.
  double Value(std::string_view name, const telemetry::Labels& labels) const;

 private:
  class Instrument;
  Instrument& Find(std::string_view name, const telemetry::Labels& labels);

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Instrument>> instruments_;
};

// Keeps each message with its fields: "circuit changed target=a from=closed". Thread-safe.
class RecordingLogger final : public telemetry::Logger {
 public:
  void Log(telemetry::LogLevel level, std::string_view message,
           std::initializer_list<telemetry::LogField> fields) override;

  bool Contains(std::string_view text) const { return Count(text) > 0; }
  size_t Count(std::string_view text) const;  // of lines that hold it

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace portcullis::router::test
