// Brings leaves from the spools to the audit service.
//
// One background thread reads the spools of this process and those that dead processes left under the same
// root, sends their leaves in batches, remembers what is acknowledged, and removes what is not needed any
// more. While the audit service is away it tries again, with growing pauses, for ever; nothing is dropped.
// Appending never waits for it: it looks for new leaves every few milliseconds.
//
// An intent whose spool has no writer any more and no outcome for it gets one, `interrupted`, at the end of
// that same spool. So it gets one however often the process dies on the way: whoever takes the spool over
// finds it there.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/spool/consumer.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/client/open_intents.h"
#include "services/audit/client/waiter.h"

namespace portcullis::audit {

struct ShipperOptions {
  std::filesystem::path spool_root;
  size_t batch_leaves = 2048;
  size_t batch_bytes = size_t{2} << 20;
  base::Duration min_poll = std::chrono::milliseconds(50);
  base::Duration max_poll = std::chrono::milliseconds(100);  // when nothing happens
  base::Duration orphan_scan = std::chrono::seconds(5);      // looking for spools of dead processes
  base::Duration min_backoff = std::chrono::milliseconds(50);
  base::Duration max_backoff = std::chrono::seconds(5);
  base::Duration append_timeout = std::chrono::seconds(30);  // for one batch
  base::Duration show_backlog = std::chrono::seconds(1);     // in metrics, while a batch is under way
  base::Duration max_age{};  // of what waits; past it nothing more is appended; 0 = no bound
};

// What a shipper works with; everything must outlive it.
struct ShipperParts {
  AuditApi& audit;
  spool::Budget& budget;
  const base::Clock& clock;
  base::Rng& rng;  // used by the shipper's thread alone
  Waiter& waiter;
  telemetry::Metrics& metrics;
  telemetry::Logger& logger;
};

// Thread-safe.
class Shipper {
 public:
  Shipper(ShipperOptions options, const ShipperParts& parts);
  ~Shipper();  // stops without shipping the rest, which stays in the spools
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  // Ships this spool too.
  void Add(std::shared_ptr<spool::Handle> handle);

  void Start();

  // Waits until every leaf appended before the call is acknowledged. DEADLINE_EXCEEDED if that takes longer.
  // Before Start it cannot succeed.
  absl::Status Flush(base::Duration timeout);

 private:
  struct Source {
    Source(std::shared_ptr<spool::Handle> handle, spool::Budget& budget);

    std::unique_ptr<spool::Consumer> consumer;
    OpenIntents open;
    uint64_t sent = 0;      // in the batch under way
    int64_t oldest_us = 0;  // when its first leaf was written
    base::MonotonicTime close_again{};
    bool damage_told = false;
  };

  void Run(std::stop_token stop);
  void Round(const std::stop_token& stop);
  void TakeNew();
  void AdoptOrphans();
  void AdoptOrphan(const std::string& id);
  void PassAcknowledged(Source& source);
  std::vector<Leaf> Gather();
  void GatherFrom(Source& source, size_t max_leaves, size_t max_bytes, std::vector<Leaf>* batch);
  absl::Status Send(std::vector<Leaf> batch, const std::stop_token& stop);
  void Acknowledge();
  absl::Status AcknowledgeOne(Source& source);
  void RewindAll();
  void RemoveFinished();
  bool CloseOpenIntents(Source& source);
  absl::Status AppendOutcomes(Source& source);
  void TellDamage(Source& source);
  void ShowBacklog(bool shipped);
  void AnswerFlush();
  void Pause(bool sent, const absl::Status& status);

  const ShipperOptions options_;
  const ShipperParts parts_;
  telemetry::Counter& shipped_;
  telemetry::Counter& errors_;
  telemetry::Counter& damaged_;
  telemetry::Gauge& backlog_records_;
  telemetry::Gauge& backlog_bytes_;
  telemetry::Gauge& oldest_;
  telemetry::Gauge& disk_bytes_;
  telemetry::Gauge& disk_free_;
  telemetry::Counter& interrupted_;

  // Of the thread alone.
  std::map<std::string, Source> sources_;  // by spool id
  bool more_ = false;                      // the last batch left leaves behind that could be read
  base::MonotonicTime next_scan_{};
  base::Duration poll_;
  base::Duration backoff_;
  std::map<std::string, uint64_t> flush_targets_;
  uint64_t flush_seen_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable flush_done_;
  std::vector<std::shared_ptr<spool::Handle>> new_;
  uint64_t flush_asked_ = 0;
  uint64_t flush_answered_ = 0;

  std::jthread thread_;
};

}  // namespace portcullis::audit
