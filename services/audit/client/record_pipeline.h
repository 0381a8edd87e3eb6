// Everything between the records that workers write and the audit service: the process's spools, their common
// bound, the syncs of `durability: disk`, and the shipper.
#pragma once

#include <filesystem>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/spool/durability.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/client/record_spool.h"
#include "services/audit/client/shipper.h"

namespace portcullis::audit {

struct PipelineOptions {
  std::filesystem::path state_dir;  // spools are in <state_dir>/spool
  spool::Durability durability = spool::Durability::kProcess;
  uint64_t max_spool_bytes = uint64_t{1} << 30;  // over all spools of the process, not acknowledged
  uint64_t segment_bytes = uint64_t{16} << 20;
  base::Duration max_spool_age{};  // of what is not acknowledged; 0 = no bound
  ContentOptions contents;         // nothing is captured by default
};

// Thread-safe. The record spools must be destroyed before it.
class RecordPipeline {
 public:
  // Checks that the state folder can be written, and begins to ship what dead processes left. `audit` is the
  // handler itself or an AuditGrpcClient; everything passed must outlive the pipeline.
  static absl::StatusOr<std::unique_ptr<RecordPipeline>> Create(const PipelineOptions& options,
                                                                AuditApi& audit, const base::Clock& clock,
                                                                telemetry::Metrics& metrics,
                                                                telemetry::Logger& logger);

  // A spool for one more worker.
  absl::StatusOr<std::unique_ptr<RecordSpool>> NewSpool();

  // Waits until everything appended so far is acknowledged; for draining before the process ends.
  absl::Status Flush(base::Duration timeout) { return shipper_.Flush(timeout); }

 private:
  RecordPipeline(const PipelineOptions& options, AuditApi& audit, const base::Clock& clock,
                 telemetry::Metrics& metrics, telemetry::Logger& logger);

  const PipelineOptions options_;
  const std::filesystem::path root_;
  const base::Clock& clock_;
  telemetry::Metrics& metrics_;
  spool::Budget budget_;
  std::unique_ptr<spool::GroupSync> sync_;  // with Durability::kDisk
  base::SystemRng rng_;
  ConditionWaiter waiter_;
  Shipper shipper_;
};

// Where the spools of a state folder are.
std::filesystem::path SpoolRoot(const std::filesystem::path& state_dir);

}  // namespace portcullis::audit
