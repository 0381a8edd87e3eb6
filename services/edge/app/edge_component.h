// The edge of a process: on every worker an HTTP server, a pipeline and its peers.
//
// Lifetime: create it before the workers run; Drain; stop and join the workers; destroy it; destroy the
// workers and the peers.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/http/server.h"
#include "libs/runtime/worker.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/telemetry/api/tracer.h"
#include "services/edge/adapters/axonflow/axonflow_handler.h"
#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/domain/live_settings.h"

namespace portcullis::edge {

struct EdgeOptions {
  std::vector<http::ListenAddress> listen;
  http::ServerOptions http;
  PipelineOptions pipeline;
  LiveSettings live;
  uint32_t max_in_flight = 2000;            // per process; shared out evenly to the workers
  std::optional<AxonFlowOptions> axonflow;  // nullopt: its paths are not served
};

// What one worker's pipeline talks to. Used on that worker; must outlive the component.
struct EdgePeers {
  policy::PolicyApi& policy;
  router::RouterApi& router;
  Journal& journal;
  AxonFlowDesks* axonflow = nullptr;  // with AxonFlow's paths; else unused
};

class EdgeComponent {
 public:
  // Listens on every address, on every worker. Errors as http::Server::Listen.
  static absl::StatusOr<std::unique_ptr<EdgeComponent>> Create(
      const EdgeOptions& options, runtime::WorkerPool& workers,
      const std::function<EdgePeers(runtime::Worker&)>& peers, const base::Clock& clock,
      telemetry::Metrics& metrics, telemetry::Logger& logger, telemetry::Tracing tracing = {});

  ~EdgeComponent();

  // Ports resolved.
  const std::vector<http::ListenAddress>& addresses() const;

  // From now on new requests go by these. Thread-safe.
  void SetLive(LiveSettings live) { live_.Publish(std::make_shared<const LiveSettings>(std::move(live))); }

  // The pipeline of a worker, for other front doors.
  Pipeline& PipelineOf(const runtime::Worker& worker);

  // No new connections and no further requests on the open ones. Returns at once. Thread-safe.
  void Drain();

  // Connections still open, over all workers. Asks the workers and waits for them; not from a worker.
  size_t OpenConnections();

 private:
  struct PerWorker;

  explicit EdgeComponent(const EdgeOptions& options);

  // Of all workers. Thread-safe.
  MeterFigures Figures() const;

  LiveSource live_;
  const std::optional<AxonFlowOptions> axonflow_;
  std::deque<Meter> meters_;  // of AxonFlow's paths, one for each worker; complete before the workers run
  std::vector<std::unique_ptr<PerWorker>> workers_;
};

}  // namespace portcullis::edge
