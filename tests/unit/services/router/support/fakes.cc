#include "tests/unit/services/router/support/fakes.h"

#include <algorithm>
#include <variant>

namespace portcullis::router::test {

class FakeTimers::Handle final : public Timer {
 public:
  explicit Handle(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
  ~Handle() override { entry_->cancelled = true; }

 private:
  std::shared_ptr<Entry> entry_;
};

std::unique_ptr<Timer> FakeTimers::RunAfter(base::Duration delay, absl::AnyInvocable<void()> action) {
  auto entry = std::make_shared<Entry>();
  entry->due = clock_.Monotonic() + delay;
  entry->action = std::move(action);
  entries_.push_back(entry);
  return std::make_unique<Handle>(std::move(entry));
}

std::shared_ptr<FakeTimers::Entry> FakeTimers::Next() const {
  std::shared_ptr<Entry> next;
  for (const auto& entry : entries_) {
    if (!entry->cancelled && (!next || entry->due < next->due)) next = entry;
  }
  return next;
}

std::optional<base::Duration> FakeTimers::NextDelay() const {
  const auto next = Next();
  if (!next) return std::nullopt;
  return next->due - clock_.Monotonic();
}

void FakeTimers::Advance(base::Duration by) {
  const base::MonotonicTime end = clock_.Monotonic() + by;
  for (auto next = Next(); next && next->due <= end; next = Next()) {
    clock_.Advance(std::max(next->due - clock_.Monotonic(), base::Duration::zero()));
    std::erase(entries_, next);
    next->action();
  }
  clock_.Advance(end - clock_.Monotonic());
}

void FakeAttempt::Done(UpstreamResult result) {
  result.request_body = std::move(request_.body);
  observer_.OnUpstreamDone(std::move(result));
}

void FakeAttempt::AnswerOk(std::string_view body) {
  Head();
  Data(body);
  UpstreamResult result;
  result.http_status = 200;
  Done(std::move(result));
}

void FakeAttempt::AnswerStatus(int status, std::string body, std::chrono::milliseconds retry_after) {
  UpstreamResult result;
  result.http_status = status;
  result.error_body = std::move(body);
  result.retry_after = retry_after;
  Done(std::move(result));
}

void FakeAttempt::Fail(TransportError error) {
  UpstreamResult result;
  result.error = error;
  result.error_text = "as the test says";
  Done(std::move(result));
}

class RecordingMetrics::Instrument final : public telemetry::Counter,
                                           public telemetry::Gauge,
                                           public telemetry::Histogram {
 public:
  explicit Instrument(std::mutex& mutex) : mutex_(mutex) {}

  void Add(double amount) override {
    std::lock_guard lock(mutex_);
    value_ += amount;
  }
  void Set(double value) override {
    std::lock_guard lock(mutex_);
    value_ = value;
  }
  void Observe(double) override { Add(1); }
  double value() const { return value_; }

 private:
  std::mutex& mutex_;
  double value_ = 0;
};

namespace {

std::string Key(std::string_view name, const telemetry::Labels& labels) {
  std::string key(name);
  for (const auto& [label, value] : labels) key += "|" + label + "=" + value;
  return key;
}

}  // namespace

RecordingMetrics::RecordingMetrics() = default;
RecordingMetrics::~RecordingMetrics() = default;

RecordingMetrics::Instrument& RecordingMetrics::Find(std::string_view name, const telemetry::Labels& labels) {
  std::lock_guard lock(mutex_);
  auto& slot = instruments_[Key(name, labels)];
  if (!slot) slot = std::make_unique<Instrument>(mutex_);
  return *slot;
}

telemetry::Counter& RecordingMetrics::AddCounter(const telemetry::MetricDescription& description,
                                                 const telemetry::Labels& labels) {
  return Find(description.name, labels);
}

telemetry::Gauge& RecordingMetrics::AddGauge(const telemetry::MetricDescription& description,
                                             const telemetry::Labels& labels) {
  return Find(description.name, labels);
}

telemetry::Histogram& RecordingMetrics::AddHistogram(const telemetry::MetricDescription& description,
                                                     const std::vector<double>&,
                                                     const telemetry::Labels& labels) {
  return Find(description.name, labels);
}

double RecordingMetrics::Value(std::string_view name, const telemetry::Labels& labels) const {
  std::lock_guard lock(mutex_);
  const auto found = instruments_.find(Key(name, labels));
  return found == instruments_.end() ? 0 : found->second->value();
}

void RecordingLogger::Log(telemetry::LogLevel, std::string_view message,
                          std::initializer_list<telemetry::LogField> fields) {
  std::string line(message);
  for (const auto& field : fields) {
    line += " " + std::string(field.key) + "=";
    if (const auto* text = std::get_if<std::string_view>(&field.value)) line += *text;
  }
  std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

size_t RecordingLogger::Count(std::string_view text) const {
  std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(lines_.begin(), lines_.end(), [text](const std::string& line) {
    return line.find(text) != line.npos;
  }));
}

}  // namespace portcullis::router::test
