// A target and what is known about it now: one per process, shared by the workers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/telemetry/api/metrics.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/circuit_breaker.h"
#include "services/router/domain/health_tracker.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

inline constexpr size_t kOutcomeCount = static_cast<size_t>(Outcome::kCostTooHigh) + 1;

// The target's instruments; never null.
struct TargetInstruments {
  std::array<telemetry::Counter*, kOutcomeCount> attempts{};  // by Outcome
  telemetry::Counter* retries = nullptr;
  telemetry::Gauge* in_flight = nullptr;
  telemetry::Gauge* healthy = nullptr;
  telemetry::Histogram* probe_duration = nullptr;
};

// Thread-safe. A call that succeeds takes no lock here.
class TargetState {
 public:
  TargetState(TargetOptions options, const CircuitBreakerOptions& circuit_options, const base::Clock& clock,
              CircuitBreaker::TransitionCallback on_transition, const TargetInstruments& instruments);

  const TargetOptions& options() const { return options_; }
  const std::string& model_literal() const { return model_literal_; }  // the model as a JSON string
  bool available() const { return !options_.api_key.empty() || !options_.api_key_required; }
  CircuitBreaker& circuit() { return circuit_; }
  HealthTracker& health() { return health_; }
  const HealthTracker& health() const { return health_; }
  const TargetInstruments& instruments() const { return instruments_; }

  void AttemptStarted();
  void AttemptEnded(Outcome outcome);

  void SetLastError(std::string_view message);

  TargetStatus Status() const;

 private:
  const TargetOptions options_;
  const std::string model_literal_;
  const TargetInstruments instruments_;
  CircuitBreaker circuit_;
  HealthTracker health_;
  alignas(64) std::atomic<uint32_t> in_flight_{0};
  mutable std::mutex error_mutex_;
  std::string last_error_;
};

// In the order of RouterOptions::targets.
using TargetTable = std::vector<std::unique_ptr<TargetState>>;

}  // namespace portcullis::router
