// What every process of the suite has, whatever parts run in it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "apps/config/load_config.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/http/admin.h"
#include "libs/rpc/security.h"
#include "libs/telemetry/api/tracer.h"
#include "libs/telemetry/backend/json_logger.h"
#include "libs/telemetry/backend/prometheus_metrics.h"
#include "libs/tracing/otlp_tracer.h"
#include "services/router/api/router_api.h"

namespace portcullis::audit {
class AuditComponent;
}  // namespace portcullis::audit

namespace portcullis::app {

class OperatorActions;

struct Context {
  LoadedConfig config;
  std::filesystem::path state_dir;
  base::SystemClock clock;
  telemetry::PrometheusMetrics metrics;
  std::unique_ptr<telemetry::JsonLogger> logger;
  std::unique_ptr<rpc::Security> security;      // of its gRPC
  std::unique_ptr<tracing::OtlpTracer> tracer;  // null: nothing is traced

  // For parts whose callers are of this process (kInternal) or of others (kServer).
  telemetry::Tracing Tracing(telemetry::SpanKind entry) const { return {tracer.get(), entry}; }
};

// The parts of a process, started. Destroyed in the main thread after Drain.
class Assembly {
 public:
  virtual ~Assembly() = default;

  // "127.0.0.1:41002", ports resolved; "" for what this process does not listen on.
  virtual std::string http_address() const { return ""; }
  virtual std::string grpc_address() const { return ""; }

  // Whether the process can serve. Called on the admin thread.
  virtual http::Readiness Ready() { return {}; }

  // The router's targets, when the router is a part of this process; else null. Thread-safe.
  virtual router::RouterAdmin* router_admin() { return nullptr; }

  // Goes over to what a reload changes of `config`: all of it or, with an error, nothing. Not on a worker,
  // one call at a time.
  virtual absl::Status Apply(const LoadedConfig& /*config*/) { return absl::OkStatus(); }

  // The audit service, when it is a part of this process; else null.
  virtual audit::AuditComponent* audit() { return nullptr; }

  // For what operators do to this process.
  virtual OperatorActions& operators() = 0;

  // Takes no new work and waits, at most `patience`, for the work under way. Blocks.
  virtual void Drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace portcullis::app
