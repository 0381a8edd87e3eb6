// One call: attempts at targets until one answers or none is left.
//
// An attempt that fails before its first body byte is repeated as the RetryPolicy says, then the next target
// is asked; afterwards what was passed on stands, and a failure ends the call. With hedging, an attempt that
// is slow to begin gets a rival; who begins first answers, and the other is cancelled.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/json/tape.h"
#include "libs/telemetry/api/tracer.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/call_budget.h"
#include "services/router/domain/candidates.h"
#include "services/router/domain/dialect/dialect.h"
#include "services/router/domain/mirror.h"
#include "services/router/domain/model_slot.h"
#include "services/router/domain/retry_policy.h"
#include "services/router/domain/target_attempt.h"
#include "services/router/domain/target_selector.h"
#include "services/router/domain/target_state.h"
#include "services/router/domain/timer_port.h"

namespace portcullis::router {

// What the calls of one worker work with. Outlives them.
struct CallEnvironment {
  const RouterOptions& options;
  const TargetTable& targets;
  TargetSelector& selector;
  const RetryPolicy& retry;
  CallBudget& retry_budget;
  CallBudget& hedge_budget;
  Mirror& mirror;
  telemetry::Counter& refused_retries;  // for want of budget
  const AttemptPorts& ports;
  base::Rng& rng;
  std::atomic<uint32_t>& in_flight;  // calls of this worker that have not ended
  json::Tape& tape;                  // memory for one body at a time
  telemetry::Tracing tracing;
};

class CompletionCall final : public Call, private TargetAttempt::Owner {
 public:
  static constexpr uint32_t kHedgeSamples = 20;  // first bytes of a target before its p95 is believed

  CompletionCall(CompletionRequest request, CallObserver& observer, const CallEnvironment& environment);
  ~CompletionCall() override;

  // Makes the first attempt. Call one of Begin and Reject, once; neither reaches the observer before it
  // returned.
  void Begin();

  // Ends the call without any attempt.
  void Reject(Outcome outcome, std::string message);

  void Pause() override;
  void Resume() override;

 private:
  // How the call would end if nothing more were tried.
  struct Ending {
    Outcome outcome = Outcome::kOk;
    std::string message;
    int64_t retry_after_seconds = 0;
    std::string param{};
  };
  enum Side { kMain = 0, kRival = 1 };

  void OnAttemptHead(TargetAttempt& attempt, int http_status, std::string_view content_type) override;
  void OnAttemptData(TargetAttempt& attempt, std::string_view bytes) override;
  void OnAttemptDone(TargetAttempt& attempt, AttemptEnd end) override;

  void Advance();
  bool StartAttempt(uint32_t target, Side side = kMain, bool last_resort = false);
  SkipReason Admit(uint32_t target, bool last_resort, uint32_t* key,
                   std::optional<CircuitBreaker::Permit>* permit);
  telemetry::ActiveSpan AttemptSpan(const TargetState& target, Side side) const;
  void EndSpan(const CallSummary& summary);
  bool CheckCost(const TargetState& target);
  bool AdaptBody(const TargetState& target, AdaptedRequest* adapted);
  UpstreamRequest MakeRequest(uint32_t target, uint32_t key, bool* deadline_cut);
  std::string BodyFor(AdaptedRequest* adapted);
  bool FitsContext(uint32_t target) const;
  bool AskLastResort();
  void GoOnAfter(const AttemptEnd& end);
  bool RetryLater(const AttemptEnd& end);
  void Retry();
  void ArmHedge();
  void Hedge();
  void CountHedge(bool won, TargetState& rival);
  void DropLoser(Side winner);
  void EndUntried();
  void End(Ending ending);
  void Deliver();

  std::optional<base::Duration> Remaining() const;
  bool DeadlinePassed() const;
  const std::string& ModelSent(const TargetState& target) const;
  std::optional<Pricing> PriceAt(const TargetState& target) const;
  uint64_t MicrosSince(base::MonotonicTime start) const;

  CompletionRequest request_;
  CallObserver& observer_;
  const CallEnvironment& env_;
  const base::MonotonicTime started_;
  telemetry::ActiveSpan span_;
  std::optional<ModelSlot> slot_;
  Candidates candidates_;
  SkippedTargets skipped_;
  std::optional<Ending> refused_;  // what the last target that cannot honour the request said

  const TargetState* target_ = nullptr;  // of the last attempt
  uint32_t target_index_ = 0;
  int tries_ = 0;  // at this target
  int targets_tried_ = 0;
  uint32_t context_above_ = 0;  // only targets that declare more are asked; 0 = any
  bool hedged_ = false;

  std::vector<Attempt> attempts_;  // ended ones
  Ending ending_;
  uint64_t first_byte_us_ = 0;
  bool head_sent_ = false;
  bool paused_ = false;
  bool inside_start_ = false;
  bool ended_ = false;
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<Timer> hedge_timer_;
  std::array<std::optional<TargetAttempt>, 2> running_;  // by Side; last: released first
};

}  // namespace portcullis::router
