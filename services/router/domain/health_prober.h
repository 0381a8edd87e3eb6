// Asks each target for its list of models from time to time (which costs no tokens) and keeps its health.
//
// A probe is good when the answer is 2xx. 429 says nothing. Anything else, a refused key included, is a
// failed probe. While a target's circuit is not closed, a probe takes part as a trial.
//
// Belongs to one worker.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/logger.h"
#include "services/router/domain/attempt_verdict.h"
#include "services/router/domain/target_state.h"
#include "services/router/domain/timer_port.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

class HealthProber {
 public:
  // Everything is borrowed and outlives the prober.
  HealthProber(const TargetTable& targets, UpstreamPort& upstream, TimerPort& timers,
               const base::Clock& clock, base::Rng& rng, telemetry::Logger& logger);
  ~HealthProber();

  // Each target is probed first at a random moment of its first interval, then every interval, each 10%
  // longer or shorter at random, so that several gateways do not ask in step.
  void Start();

  // No more probes; one under way is dropped.
  void Stop();

 private:
  class Probe;

  const TargetTable& targets_;
  UpstreamPort& upstream_;
  TimerPort& timers_;
  const base::Clock& clock_;
  base::Rng& rng_;
  telemetry::Logger& logger_;
  std::vector<std::unique_ptr<Probe>> probes_;
};

}  // namespace portcullis::router
