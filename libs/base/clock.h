// Time, injected.
//
// Two clocks with different uses: `Now` is for people (records, logs, expiry dates) and may jump when the
// machine's clock is set; `Monotonic` only grows and is for intervals, time-outs and latencies.
// Implementations are thread-safe. Only libs/base/system_clock.cc may read the machine's real clocks.
#pragma once

#include <chrono>

namespace portcullis::base {

using SystemTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;

  // UTC, in microseconds since 1970.
  virtual SystemTime Now() const = 0;

  virtual MonotonicTime Monotonic() const = 0;
};

// The machine's clocks. Stateless; make one in main() and pass it down.
class SystemClock final : public Clock {
 public:
  SystemTime Now() const override;
  MonotonicTime Monotonic() const override;
};

}  // namespace portcullis::base
