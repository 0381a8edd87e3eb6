// The router of a process: one state per target, one router per worker.
//
// Lifetime: create it; call ApiFor for each worker before the worker runs, or on it; Drain; let the calls
// end; stop and join the workers; destroy it; destroy the workers. Everything that Create gets outlives the
// component.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/telemetry/api/tracer.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/router.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/routing_table.h"
#include "services/router/domain/target_state.h"

namespace portcullis::runtime {
class Worker;
}  // namespace portcullis::runtime

namespace portcullis::router {

class RedisCooldowns;

// What a component knows of its targets, by id: for the component that takes its place after a reload.
using RouterMemory = std::map<std::string, TargetMemory>;

class RouterComponent final : public RouterAdmin {
 public:
  // InvalidArgument for options that cannot work: two targets with one id, an address that is not HTTP, a
  // limit of 0.
  static absl::StatusOr<std::unique_ptr<RouterComponent>> Create(
      RouterOptions options, const base::Clock& clock, telemetry::Metrics& metrics, telemetry::Logger& logger,
      const RouterMemory& memory = {}, telemetry::Tracing tracing = {});
  ~RouterComponent() override;

  // The router of `worker`, made at the first call; to be used on that worker. The first worker asked for
  // also runs the health probes. Thread-safe.
  RouterApi& ApiFor(runtime::Worker& worker);

  // Refuses new calls and ends the probes; calls under way go on. Thread-safe.
  void Drain();

  // Calls under way on all workers. Thread-safe.
  uint32_t InFlight() const;

  // Circuits, drains and latencies, for a successor. Thread-safe.
  RouterMemory Memory() const;

  std::vector<TargetStatus> TargetsNow() const override;
  absl::Status Control(std::string_view target, TargetAction action, const OperatorCall& by) override;
  absl::Status SetWeights(const TargetWeights& weights, const OperatorCall& by) override;

 private:
  class WorkerRouter;

  RouterComponent(RouterOptions options, const base::Clock& clock, telemetry::Metrics& metrics,
                  telemetry::Logger& logger, const RouterMemory& memory, telemetry::Tracing tracing);
  void ShareCooldowns();
  void TakeKeptWeights();
  TargetWeights ConfiguredWeights() const;
  void UseWeights(const TargetWeights& weights);
  std::unique_ptr<TargetState> MakeTarget(const TargetOptions& options, const TargetMemory& memory);

  const RouterOptions options_;
  const base::Clock& clock_;
  telemetry::Metrics& metrics_;
  telemetry::Logger& logger_;
  const telemetry::Tracing tracing_;
  TargetTable targets_;
  std::unique_ptr<RoutingTable> routing_;
  RouterInstruments instruments_;
  std::unique_ptr<RedisCooldowns> shared_;  // null: nothing is shared
  mutable std::mutex mutex_;                // for the list; the routers have their own rules
  std::vector<std::unique_ptr<WorkerRouter>> routers_;
  bool draining_ = false;
  std::mutex weights_mutex_;  // held for a whole change of them
  TargetWeights weights_;     // in effect
};

}  // namespace portcullis::router
