#include "libs/base/clock.h"

namespace portcullis::base {

SystemTime SystemClock::Now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::Monotonic() const { return std::chrono::steady_clock::now(); }

}  // namespace portcullis::base
