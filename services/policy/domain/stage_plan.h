// How the stages of one direction run in one exchange: decided once, by their gates.
#pragma once

#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "services/policy/domain/bundle.h"

namespace portcullis::policy {

// A stage that has a gate, in one exchange.
struct StageRun {
  const Gate* gate = nullptr;
  bool on = true;
  bool observed = false;  // records alone
  bool failed = false;    // its time ran out: it looks at nothing more
  StreamMode stream = StreamMode::kExact;
  std::vector<const PolicyException*> exceptions;  // in force
  base::Duration left{};                           // of its time

  bool timed() const { return gate->control().timeout.count() > 0; }
  const PolicyException* ExceptionFor(std::string_view rule, std::string_view value) const;
};

// Without gates it holds nothing and costs nothing. Not thread-safe. The bundle outlives it.
class StagePlan {
 public:
  StagePlan() = default;
  // `now` is looked at when a stage has a gate.
  StagePlan(const Bundle& bundle, Direction direction, const Circumstances* now, bool streamed) {
    if (bundle.gated(direction)) Make(bundle, direction, *now, streamed);
  }

  // Null for a stage without a gate.
  StageRun* run(const Stage& stage) { return stage.gate == nullptr ? nullptr : &runs_[stage.lane]; }

 private:
  void Make(const Bundle& bundle, Direction direction, const Circumstances& now, bool streamed);

  std::vector<StageRun> runs_;  // by lane; empty when no stage has a gate
};

// Whether `stage` has something to say of a text of this form and role.
inline bool Judges(const Stage& stage, const StageRun* run, SegmentKind form, Role role) {
  const bool by_kind = stage.match != nullptr ? stage.match->Reads(form, role) : InjectionPolicy::Judges(role);
  return run == nullptr ? by_kind : run->on && !run->failed && run->gate->Judges(role, by_kind);
}

// Measures one stage's work against its time. Takes what was used from the run when it ends. A null run, or
// one without a limit, is not measured.
class StageTimer {
 public:
  StageTimer(StageRun* run, const base::Clock& clock)
      : run_(run != nullptr && run->timed() ? run : nullptr), clock_(clock) {
    if (run_ != nullptr) begin_ = clock_.Monotonic();
  }
  ~StageTimer() {
    if (run_ != nullptr) run_->left -= clock_.Monotonic() - begin_;
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

  bool limited() const { return run_ != nullptr; }
  bool Over() const { return run_ != nullptr && clock_.Monotonic() - begin_ > run_->left; }

 private:
  StageRun* run_;
  const base::Clock& clock_;
  base::MonotonicTime begin_{};
};

// As Scan (scan/matcher.h), and stops when the time is over: then it returns false, and what was found so far
// is in `hits`.
bool ScanWithin(const StageTimer& timer, const Matcher& matcher, const Window& window, size_t until,
                size_t* at, std::vector<Hit>* hits);

}  // namespace portcullis::policy
