// The router of one worker: starts calls and tells the targets' state.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/tracer.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/call_budget.h"
#include "services/router/domain/completion_call.h"
#include "services/router/domain/mirror.h"
#include "services/router/domain/retry_policy.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/routing_table.h"
#include "services/router/domain/target_selector.h"
#include "services/router/domain/target_state.h"
#include "services/router/domain/timer_port.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

// The instruments of a process's routers; never null but for `mirror` without mirroring.
struct RouterInstruments {
  telemetry::Counter* refused_retries = nullptr;
  MirrorInstruments mirror;
};

class Router final : public RouterApi {
 public:
  // Everything is borrowed and outlives the router; the ports belong to its worker.
  Router(const RoutingTable& table, const RouterInstruments& instruments, UpstreamPort& upstream,
         TimerPort& timers, const base::Clock& clock, base::Rng& rng, telemetry::Logger& logger,
         telemetry::Tracing tracing = {});

  std::unique_ptr<Call> Start(CompletionRequest request, CallObserver& observer) override;
  void Targets(TargetsCallback done) override;

  // New calls are refused from now on; those under way go on. Any thread.
  void Drain() { draining_.store(true, std::memory_order_relaxed); }

  // Calls that have not ended. Any thread.
  uint32_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  const RoutingTable& table_;
  const RouterOptions& options_;
  const TargetTable& targets_;
  const base::Clock& clock_;
  const AttemptPorts ports_;
  TargetSelector selector_;
  const RetryPolicy retry_;
  CallBudget retry_budget_;
  CallBudget hedge_budget_;
  Mirror mirror_;
  std::atomic<uint32_t> in_flight_{0};
  std::atomic<bool> draining_{false};
  json::Tape tape_;
  const CallEnvironment environment_;
};

}  // namespace portcullis::router
