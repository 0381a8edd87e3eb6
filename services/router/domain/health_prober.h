// Asks each target from time to time whether it is there and keeps its health: by its list of models (which
// costs no tokens), by a completion of one token, or by a path of the provider's host.
//
// A probe is good when the answer is 2xx. 429 says nothing. Anything else, a refused key included, is a
// failed probe. While a target's circuit is not closed, a probe takes part as a trial.
//
// With no traffic at all an outage shows within interval x unhealthy_threshold + timeout, unless a provider
// has so many targets that their probes wait for each other.
//
// Belongs to one worker.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
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
  HealthProber(const TargetTable& targets, uint32_t max_per_provider, UpstreamPort& upstream,
               TimerPort& timers, const base::Clock& clock, base::Rng& rng, telemetry::Logger& logger);
  ~HealthProber();

  // Each target is probed first at a random moment of its first interval, then every interval, each up to 20%
  // shorter at random, so that several gateways do not ask in step.
  void Start();

  // No more probes; one under way is dropped.
  void Stop();

 private:
  class Probe;

  // The probes of one provider: how many are under way, and who waits.
  struct Gate {
    uint32_t busy = 0;
    std::deque<Probe*> waiting;
  };

  const TargetTable& targets_;
  UpstreamPort& upstream_;
  TimerPort& timers_;
  const base::Clock& clock_;
  base::Rng& rng_;
  telemetry::Logger& logger_;
  const uint32_t max_per_provider_;
  std::map<std::string, Gate> gates_;  // by provider
  std::vector<std::unique_ptr<Probe>> probes_;
};

}  // namespace portcullis::router
