// One attempt at one target, from the permit of its circuit to what is learnt of it: watches the first byte
// and the silence between two parts, and tells circuit, keys, latency and instruments how it ended.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/telemetry/api/tracer.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/attempt_verdict.h"
#include "services/router/domain/dialect/dialect.h"
#include "services/router/domain/target_state.h"
#include "services/router/domain/timer_port.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

struct AttemptEnd {
  AttemptVerdict verdict;
  Attempt record;
  int http_status = 0;
  std::chrono::milliseconds retry_after{0};
  std::string body;  // of the request, given back
};

// What an attempt works with. Outlives it.
struct AttemptPorts {
  UpstreamPort& upstream;
  TimerPort& timers;
  const base::Clock& clock;
  bool learn_p95;  // hedging needs it
};

class TargetAttempt final : private UpstreamObserver {
 public:
  class Owner {
   public:
    virtual void OnAttemptHead(TargetAttempt& attempt, int http_status, std::string_view content_type) = 0;
    virtual void OnAttemptData(TargetAttempt& attempt, std::string_view bytes) = 0;

    // The last event; the attempt may be destroyed inside.
    virtual void OnAttemptDone(TargetAttempt& attempt, AttemptEnd end) = 0;

   protected:
    ~Owner() = default;
  };

  // `model` is what the request asks for; it outlives the attempt. `deadline_cut`: see JudgeAttempt.
  TargetAttempt(Owner& owner, const AttemptPorts& ports, TargetState& target, CircuitBreaker::Permit permit,
                const std::string& model, bool deadline_cut);
  ~TargetAttempt();  // cancels it if it has not ended
  TargetAttempt(const TargetAttempt&) = delete;
  TargetAttempt& operator=(const TargetAttempt&) = delete;

  // Before Start: what turns the provider's answer into OpenAI's form (null = it passes as it is), and the
  // fields that the request was not sent with.
  void Adapt(std::unique_ptr<AnswerAdapter> answer, std::vector<std::string> dropped);

  // Before Start: what is told of the attempt to traces. Begins now.
  void Trace(telemetry::ActiveSpan span);

  void Start(UpstreamRequest request);
  void Pause();
  void Resume();

  // Ends it, for another was faster. No event follows.
  Attempt Cancel();

  TargetState& target() const { return target_; }
  uint32_t target_index() const { return index_; }
  const std::vector<std::string>& dropped() const { return dropped_; }

 private:
  void OnUpstreamHead(int http_status, std::string_view content_type) override;
  void OnUpstreamData(std::string_view bytes) override;
  void OnUpstreamDone(UpstreamResult result) override;

  void TellHead();
  void PassTranslated();
  void FinishAnswer(UpstreamResult& result);
  void FailAnswer(const absl::Status& problem);
  UpstreamResult Malformed(const absl::Status& problem) const;
  void WatchFirstByte();
  void WatchSilence(base::Duration time);
  void OnSilence();
  void TimeOut(std::string text);
  void Learn(const AttemptVerdict& verdict, const UpstreamResult& result);
  Attempt Record(Outcome outcome, int http_status) const;
  void EndSpan(const Attempt& record);
  uint64_t Micros() const;

  Owner& owner_;
  const AttemptPorts& ports_;
  TargetState& target_;
  const CircuitBreaker::Permit permit_;
  const std::string& model_;
  const base::MonotonicTime started_;
  const bool deadline_cut_;
  std::unique_ptr<AnswerAdapter> answer_;  // null: its bytes pass as they are
  std::vector<std::string> dropped_;
  std::string translated_;
  std::string content_type_;
  int http_status_ = 0;
  bool head_told_ = false;
  bool stream_ = false;
  bool running_ = true;
  bool paused_ = false;
  uint32_t index_ = 0;
  uint32_t key_ = 0;
  uint64_t first_byte_us_ = 0;   // 0 = none came
  base::MonotonicTime heard_{};  // of the last part; kept only when the silence is watched
  telemetry::ActiveSpan span_;
  std::unique_ptr<Timer> timer_;
  UpstreamAttemptPtr attempt_;  // last: released first
};

}  // namespace portcullis::router
