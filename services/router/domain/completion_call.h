// One call: attempts at targets, one after the other, until one answers or none is left.
//
// An attempt that fails before its first body byte is repeated as the RetryPolicy says, then the next target
// is asked; afterwards what was passed on stands, and a failure ends the call.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/json/tape.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/attempt_verdict.h"
#include "services/router/domain/dialect/dialect.h"
#include "services/router/domain/model_slot.h"
#include "services/router/domain/retry_policy.h"
#include "services/router/domain/target_selector.h"
#include "services/router/domain/target_state.h"
#include "services/router/domain/timer_port.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

// What the calls of one worker work with. Outlives them.
struct CallEnvironment {
  const TargetTable& targets;
  const TargetSelector& selector;
  const RetryPolicy& retry;
  UpstreamPort& upstream;
  TimerPort& timers;
  const base::Clock& clock;
  base::Rng& rng;
  std::atomic<uint32_t>& in_flight;  // calls of this worker that have not ended
  json::Tape& tape;                  // memory for one body at a time
};

class CompletionCall final : public Call, private UpstreamObserver {
 public:
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

  void OnUpstreamHead(int http_status, std::string_view content_type) override;
  void OnUpstreamData(std::string_view bytes) override;
  void OnUpstreamDone(UpstreamResult result) override;

  void Advance();
  bool StartAttempt(uint32_t target);
  bool CheckCost(const TargetState& target);
  bool AdaptBody(const TargetState& target);
  UpstreamRequest MakeRequest(const TargetState& target);
  void SendHead();
  void FailAnswer(const absl::Status& problem);
  void FinishAnswer(UpstreamResult& result);
  void PassTranslated();
  void RecordAttempt(const AttemptVerdict& verdict, int http_status);
  bool RetryLater(int64_t retry_after_seconds);
  void Retry();
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
  std::optional<ModelSlot> slot_;
  TargetOrder candidates_;
  size_t next_candidate_ = 0;
  SkippedTargets skipped_;
  std::optional<Ending> refused_;  // what the last target that cannot honour the request said

  // Of the attempt under way, or the last one.
  TargetState* target_ = nullptr;
  uint32_t target_index_ = 0;
  int tries_ = 0;                                 // at this target
  std::optional<CircuitBreaker::Permit> permit_;  // set while an attempt is under way
  base::MonotonicTime attempt_started_{};
  uint64_t attempt_latency_us_ = 0;  // until its first byte; 0 = none came
  bool deadline_cut_ = false;
  bool body_lent_ = false;  // the attempt has request_.body
  AdaptedRequest adapted_;
  std::unique_ptr<AnswerAdapter> answer_;  // null: its bytes pass as they are
  ResponseHead head_;
  std::string translated_;

  std::vector<Attempt> attempts_;
  Ending ending_;
  uint64_t first_byte_us_ = 0;
  bool head_sent_ = false;
  bool paused_ = false;
  bool inside_start_ = false;
  bool ended_ = false;
  std::unique_ptr<Timer> timer_;
  UpstreamAttemptPtr attempt_;  // last: released first
};

}  // namespace portcullis::router
