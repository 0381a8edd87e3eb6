// What the tests of the audit service share: records, a folder, a clock that is set by hand, metrics that can
// be read, and an audit service that fails when told to.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/sha256.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

class TestFolder {
 public:
  TestFolder() : path_(std::filesystem::temp_directory_path() / ("pc_audit_" + crypto::RandomHex(8))) {
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Wall time is set by hand; intervals are real, so that threads which wait make progress.
class TestClock final : public base::Clock {
 public:
  base::SystemTime Now() const override {
    return base::SystemTime(std::chrono::microseconds(now_us_.load()));
  }
  base::MonotonicTime Monotonic() const override {
    return real_.Monotonic() + base::Duration(ahead_ns_.load());
  }
  void SetNow(int64_t us) { now_us_ = us; }
  void Advance(base::Duration by) {
    ahead_ns_ += by.count();
    now_us_ += std::chrono::duration_cast<std::chrono::microseconds>(by).count();
  }

 private:
  base::SystemClock real_;
  std::atomic<int64_t> now_us_{1'700'000'000'000'000};
  std::atomic<int64_t> ahead_ns_{0};
};

// Remembers what was counted, by metric name and label values.
class TestMetrics final : public telemetry::Metrics {
 public:
  telemetry::Counter& AddCounter(const telemetry::MetricDescription& d,
                                 const telemetry::Labels& labels) override {
    return Find(d, labels);
  }
  telemetry::Gauge& AddGauge(const telemetry::MetricDescription& d,
                             const telemetry::Labels& labels) override {
    return Find(d, labels);
  }
  telemetry::Histogram& AddHistogram(const telemetry::MetricDescription& d, const std::vector<double>&,
                                     const telemetry::Labels& labels) override {
    return Find(d, labels);
  }

  // Sum of a counter, value of a gauge, number of observations of a histogram.
  double Value(std::string name) {
    std::lock_guard lock(mutex_);
    const auto found = values_.find(name);
    return found == values_.end() ? 0 : found->second.value.load();
  }

 private:
  struct Instrument final : telemetry::Counter, telemetry::Gauge, telemetry::Histogram {
    void Add(double amount) override { value.fetch_add(amount); }
    void Set(double v) override { value = v; }
    void Observe(double) override { value.fetch_add(1); }
    std::atomic<double> value{0};
  };

  Instrument& Find(const telemetry::MetricDescription& description, const telemetry::Labels& labels) {
    std::string key(description.name);
    for (const auto& [name, value] : labels) key += "," + value;
    std::lock_guard lock(mutex_);
    return values_[key];
  }

  std::mutex mutex_;
  std::map<std::string, Instrument> values_;
};

// Keeps leaves in memory; answers as `behaviour` says.
class FakeAudit final : public AuditApi {
 public:
  void Append(std::vector<Leaf> leaves, AppendCallback done) override {
    absl::Status status;
    {
      std::lock_guard lock(mutex_);
      ++calls_;
      if (hangs_) return unanswered_.push_back(std::move(done));
      status = behaviour_ ? behaviour_(calls_) : absl::OkStatus();
      for (Leaf& leaf : leaves) {
        if (!status.ok()) break;
        if (!leaf.content.empty()) contents_[{leaf.id.spool, leaf.id.sequence}] = leaf.content;
        if (!leaves_.emplace(std::pair(leaf.id.spool, leaf.id.sequence), std::move(leaf.bytes)).second)
          ++repeated_;
      }
    }
    std::move(done)(status);
  }
  void Find(const Query&, QueryCallback done) override { std::move(done)(std::vector<StoredRecord>{}); }
  void Aggregate(const StatsQuery&, StatsCallback done) override { std::move(done)(Stats{}); }
  void ReadContent(const Query&, ContentCallback done) override {
    std::move(done)(std::vector<RecordContents>{});
  }

  // From now on nothing is answered, and nothing stored.
  void Hang() {
    std::lock_guard lock(mutex_);
    hangs_ = true;
  }
  // Called with the number of the call, from 1; not OK = nothing is stored.
  void Behave(std::function<absl::Status(int)> behaviour) {
    std::lock_guard lock(mutex_);
    behaviour_ = std::move(behaviour);
  }
  std::map<std::pair<std::string, uint64_t>, std::string> leaves() {
    std::lock_guard lock(mutex_);
    return leaves_;
  }
  // What came beside them.
  std::map<std::pair<std::string, uint64_t>, std::string> contents() {
    std::lock_guard lock(mutex_);
    return contents_;
  }
  int calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  int repeated() {
    std::lock_guard lock(mutex_);
    return repeated_;
  }

 private:
  std::mutex mutex_;
  bool hangs_ = false;
  std::vector<AppendCallback> unanswered_;
  std::function<absl::Status(int)> behaviour_;
  std::map<std::pair<std::string, uint64_t>, std::string> leaves_;
  std::map<std::pair<std::string, uint64_t>, std::string> contents_;
  int calls_ = 0;
  int repeated_ = 0;
};

// Waits for a condition that other threads bring about; false if it does not come within half a minute.
inline bool Eventually(const std::function<bool()>& condition) {
  std::mutex mutex;
  std::condition_variable wake;
  std::unique_lock lock(mutex);
  for (int i = 0; i < 15000; ++i) {
    if (condition()) return true;
    wake.wait_for(lock, std::chrono::milliseconds(2));
  }
  return condition();
}

// Removes up to `limit` records from before a time; how many.
inline absl::StatusOr<uint64_t> RemoveBefore(Store& store, int64_t time_us, uint32_t limit) {
  Removal removal;
  removal.query.until_us = time_us;
  removal.query.limit = limit;
  const absl::StatusOr<Removed> removed = store.Remove(removal);
  if (!removed.ok()) return removed.status();
  return removed->records;
}

// The text, kept until the program ends: an index holds views.
inline std::string_view Keep(std::string text) {
  static std::mutex mutex;
  static std::deque<std::string> kept;
  std::lock_guard lock(mutex);
  return kept.emplace_back(std::move(text));
}

// The place of a dimension in LeafIndex::names.
inline size_t NameIndex(std::string_view name) {
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    if (kDimensions[i].name == name) return i;
  }
  ADD_FAILURE() << name;
  return 0;
}

// What an index knows of an outcome; without a root the leaf is its own.
inline LeafIndex NewIndex(std::string request_id, int64_t time_us = 100, std::string verdict = "allow",
                          std::string tenant = "") {
  LeafIndex index;
  index.request_id = Keep(std::move(request_id));
  index.time_us = time_us;
  index.names[NameIndex("verdict")] = Keep(std::move(verdict));
  index.names[NameIndex("tenant")] = Keep(std::move(tenant));
  return index;
}

inline IndexedLeaf NewIndexedLeaf(const LeafId& id, std::string bytes, LeafIndex index) {
  if (index.root_spool.empty()) {
    index.root_spool = Keep(id.spool);
    index.root_sequence = id.sequence;
  }
  return {{id, std::move(bytes)}, std::move(index)};
}

// Every field filled, no two alike.
inline Record FullRecord() {
  Record r;
  r.kind = LeafKind::kOutcome;
  r.request_id = "req_1";
  r.intent = LeafId{"00112233aabbccdd", 41};
  r.time_us = 1'700'000'000'500'000;
  r.started_us = 1'700'000'000'000'000;
  r.tenant = "acme";
  r.principal = "key:42";
  r.user = "Zoë";
  r.client_address = "10.0.0.7";
  r.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  r.endpoint = "/v1/chat/completions";
  r.method = "POST";
  r.model = "mistral-large";
  r.stream = true;
  r.target = "mistral-primary";
  r.provider = "mistral";
  r.upstream_model = "mistral-large-latest";
  r.variant = "variant-large";
  r.context_id = "6b01cba7-8b3c-889a-8386-6c44b661166e";
  r.attempts = {{"backup", "mistral-small", "timeout", 0, 60'000'000},
                {"mistral-primary", "mistral-large-latest", "ok", 200, 812'000}};
  r.verdict = "redact";
  r.policy = "pii-detector";
  r.reason_code = "pii.detected";
  r.outcome = "ok";
  r.http_status = 200;
  r.finish_reason = "stop";
  r.findings = {
      {"pii-detector", "email", "redact", "input", "pii.detected", "messages[1].content", 0.95, 10, 27},
      {"dlp-filter", "term", "allow", "output", "dlp.seen", "choices[0].delta.content", 1, 3, 5}};
  r.prompt_tokens = 120;
  r.completion_tokens = 450;
  r.tokens_estimated = true;
  r.cost_usd = 0.00123;
  r.request_bytes = 2048;
  r.response_bytes = 8192;
  r.request_sha256 = std::string(64, 'a');
  r.response_sha256 = std::string(64, 'b');
  r.bundle = "bundle-9";
  r.config_version = "cfg-3";
  r.contents = {{"input", "encrypted", std::string(64, 'c'), 700, true},
                {"output", "redacted", std::string(64, 'd'), 800, false}};
  r.policy_us = 310;
  r.first_byte_us = 400'000;
  r.total_us = 812'345;
  r.overhead_us = 420;
  return r;
}

inline Record SmallRecord(std::string request_id, LeafKind kind = LeafKind::kOutcome,
                          std::string verdict = "allow", int64_t time_us = 1'000'000) {
  Record r;
  r.kind = kind;
  r.request_id = std::move(request_id);
  r.verdict = std::move(verdict);
  r.time_us = r.started_us = time_us;
  return r;
}

}  // namespace portcullis::audit
