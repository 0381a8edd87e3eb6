// Waiting, as a port: back-off between attempts and the rhythm of probes.
#pragma once

#include <memory>

#include "absl/functional/any_invocable.h"
#include "libs/base/clock.h"

namespace portcullis::router {

// A timer that is set. Destroying it cancels it, also from inside its own action.
class Timer {
 public:
  virtual ~Timer() = default;
};

class TimerPort {
 public:
  virtual ~TimerPort() = default;

  // Runs `action` once, on this worker, after `delay` (0 allowed); never inside the call.
  virtual std::unique_ptr<Timer> RunAfter(base::Duration delay, absl::AnyInvocable<void()> action) = 0;
};

}  // namespace portcullis::router
