// A target and what is known about it now: one per process, shared by the workers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/telemetry/api/metrics.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/attempt_verdict.h"
#include "services/router/domain/circuit_breaker.h"
#include "services/router/domain/circuit_history.h"
#include "services/router/domain/cooldown_share.h"
#include "services/router/domain/health_tracker.h"
#include "services/router/domain/key_pool.h"
#include "services/router/domain/latency_estimate.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

inline constexpr size_t kOutcomeCount = static_cast<size_t>(Outcome::kCostTooHigh) + 1;

// The target's instruments; never null.
struct TargetInstruments {
  std::array<telemetry::Counter*, kOutcomeCount> attempts{};  // by Outcome
  telemetry::Counter* retries = nullptr;
  telemetry::Counter* hedges_won = nullptr;
  telemetry::Counter* hedges_lost = nullptr;
  telemetry::Counter* keys_refused = nullptr;
  telemetry::Counter* keys_limited = nullptr;
  telemetry::Gauge* drained = nullptr;
  telemetry::Gauge* in_flight = nullptr;
  telemetry::Gauge* healthy = nullptr;
  telemetry::Histogram* probe_duration = nullptr;
};

// Why a target is not asked.
enum class SkipReason : uint8_t {
  kNone,
  kNoKey,
  kKeyRefused,
  kDrained,
  kUnhealthy,
  kContextTooLong,
  kCircuitOpen,
};

// What outlives a configuration: taken from a target's state and given to its successor of the same id.
struct TargetMemory {
  CircuitSnapshot circuit;
  bool drained = false;
  uint64_t latency[2] = {};  // LatencyEstimate::Save
};

// Thread-safe. A call that succeeds takes no lock here.
class TargetState {
 public:
  TargetState(TargetOptions options, const RouterOptions& router, const base::Clock& clock,
              CircuitBreaker::TransitionCallback on_transition, const TargetInstruments& instruments,
              const TargetMemory& memory = {});

  const TargetOptions& options() const { return options_; }
  const std::string& model_literal() const {
    return model_literal_;
  }  // for clients that name none, as a JSON string
  bool available() const { return keys_.available(); }
  KeyPool& keys() { return keys_; }
  CircuitBreaker& circuit() { return circuit_; }
  const CircuitBreaker& circuit() const { return circuit_; }
  HealthTracker& health() { return health_; }
  const HealthTracker& health() const { return health_; }
  const TargetInstruments& instruments() const { return instruments_; }

  // An operator took it out of service; calls under way go on.
  bool drained() const { return drained_.load(std::memory_order_relaxed); }
  void set_drained(bool drained);

  // Time to the first byte: of whole answers, of streams.
  LatencyEstimate& latency(bool stream) { return latency_[stream ? 1 : 0]; }
  const LatencyEstimate& latency(bool stream) const { return latency_[stream ? 1 : 0]; }
  LatencyEstimate& first_byte_p95(bool stream) { return p95_[stream ? 1 : 0]; }

  uint32_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

  void AttemptStarted();
  void AttemptEnded(Outcome outcome);

  // Marks the key that an attempt used, and the circuit when the provider asks for a time without calls.
  // `retry_after` 0 = nothing said.
  void LearnOfKey(uint32_t key, const AttemptVerdict& verdict, int http_status, base::Duration retry_after,
                  base::MonotonicTime now);

  // Tells other replicas of cool-downs from now on. Before the first attempt; `share` outlives the attempts.
  // `index` is the target's place in the TargetTable.
  void ShareCooldowns(uint32_t index, CooldownShare& share);

  // Another replica's cool-down is respected here.
  void ApplyCooldown(const Cooldown& cooldown, base::MonotonicTime now);

  // How long until `reason` may be over; nullopt = nobody knows.
  std::optional<base::Duration> UsableIn(SkipReason reason, base::MonotonicTime now) const;

  void SetLastError(std::string_view message);

  TargetStatus Status(base::MonotonicTime now) const;
  TargetMemory Memory() const;

 private:
  void CoolDown(CooldownKind kind, uint32_t key, base::Duration time, base::MonotonicTime now);

  const TargetOptions options_;
  const bool respects_retry_after_;
  const std::string model_literal_;
  const TargetInstruments instruments_;
  KeyPool keys_;
  CircuitHistory history_;
  CircuitBreaker circuit_;
  HealthTracker health_;
  CooldownShare* share_ = nullptr;
  uint32_t index_ = 0;  // for share_
  std::atomic<bool> drained_;
  LatencyEstimate latency_[2];
  static constexpr std::chrono::milliseconds kHedgeWindow{60'000};
  LatencyEstimate p95_[2] = {{0.95, kHedgeWindow}, {0.95, kHedgeWindow}};
  alignas(64) std::atomic<uint32_t> in_flight_{0};
  mutable std::mutex error_mutex_;
  std::string last_error_;
};

// In the order of RouterOptions::targets.
using TargetTable = std::vector<std::unique_ptr<TargetState>>;

}  // namespace portcullis::router
