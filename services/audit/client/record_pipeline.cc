#include "services/audit/client/record_pipeline.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/spool/files.h"

namespace portcullis::audit {

namespace {

ShipperOptions ShipperOptionsOf(const PipelineOptions& options, const std::filesystem::path& root) {
  ShipperOptions shipper;
  shipper.spool_root = root;
  shipper.max_age = options.max_spool_age;
  return shipper;
}

}  // namespace

std::filesystem::path SpoolRoot(const std::filesystem::path& state_dir) { return state_dir / "spool"; }

absl::StatusOr<std::unique_ptr<RecordPipeline>> RecordPipeline::Create(const PipelineOptions& options,
                                                                       AuditApi& audit,
                                                                       const base::Clock& clock,
                                                                       telemetry::Metrics& metrics,
                                                                       telemetry::Logger& logger) {
  RETURN_IF_ERROR(spool::MakeDirectories(SpoolRoot(options.state_dir)));
  std::unique_ptr<RecordPipeline> pipeline(new RecordPipeline(options, audit, clock, metrics, logger));
  pipeline->shipper_.Start();
  return pipeline;
}

RecordPipeline::RecordPipeline(const PipelineOptions& options, AuditApi& audit, const base::Clock& clock,
                               telemetry::Metrics& metrics, telemetry::Logger& logger)
    : options_(options),
      root_(SpoolRoot(options.state_dir)),
      clock_(clock),
      metrics_(metrics),
      budget_(options.max_spool_bytes),
      sync_(options.durability == spool::Durability::kDisk ? std::make_unique<spool::GroupSync>() : nullptr),
      shipper_(ShipperOptionsOf(options, root_), {audit, budget_, clock, rng_, waiter_, metrics, logger}) {}

absl::StatusOr<std::unique_ptr<RecordSpool>> RecordPipeline::NewSpool() {
  spool::WriterOptions writer_options;
  writer_options.durability = options_.durability;
  writer_options.segment_bytes = options_.segment_bytes;
  ASSIGN_OR_RETURN(std::unique_ptr<spool::Writer> writer,
                   spool::Writer::Create(root_, writer_options, budget_, sync_.get(), clock_));
  shipper_.Add(writer->handle());
  return std::make_unique<RecordSpool>(std::move(writer), options_.contents, clock_, metrics_);
}

}  // namespace portcullis::audit
