// Waiting for what another thread or process does: on the condition, never for a fixed time.
#pragma once

#include <chrono>
#include <functional>

namespace portcullis::testing {

// Generous, because a test machine may be busy; a condition that holds ends the wait at once.
inline constexpr std::chrono::milliseconds kPatience{10000};

// Looks at `condition` every millisecond until it holds; false if it does not by then. `condition` must be
// safe to call from this thread.
bool WaitUntil(const std::function<bool()>& condition, std::chrono::milliseconds patience = kPatience);

}  // namespace portcullis::testing
