// One session with a server that may go and come back. Whoever calls waits for the one before; while the
// server is away calls fail at once, and it is asked again after a pause that grows.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"

namespace portcullis::pg {

// Session has a member `database` with Lost(). Thread-safe.
template <typename Session>
class Reconnecting {
 public:
  using Open = std::function<absl::StatusOr<std::unique_ptr<Session>>()>;

  // `clock` must outlive it.
  Reconnecting(Open open, const base::Clock& clock) : open_(std::move(open)), clock_(clock) {}

  // Calls `work` with the session; a Status or a StatusOr, that of the connection if there is none.
  template <typename Work>
  auto With(Work&& work) -> decltype(work(std::declval<Session&>())) {
    std::lock_guard lock(mutex_);
    if (const absl::Status status = Connect(); !status.ok()) return status;
    auto result = work(*session_);
    if (session_->database->Lost()) session_.reset();
    return result;
  }

 private:
  static constexpr base::Duration kFirstPause = std::chrono::milliseconds(50);
  static constexpr base::Duration kLongestPause = std::chrono::seconds(2);

  absl::Status Connect() {
    if (session_ && !session_->database->Lost()) return absl::OkStatus();
    session_.reset();
    if (!last_error_.ok() && clock_.Monotonic() < again_) return last_error_;
    absl::StatusOr<std::unique_ptr<Session>> session = open_();
    last_error_ = session.status();
    if (session.ok()) {
      session_ = *std::move(session);
      pause_ = kFirstPause;
    } else {
      again_ = clock_.Monotonic() + pause_;
      pause_ = std::min(2 * pause_, kLongestPause);
    }
    return last_error_;
  }

  const Open open_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<Session> session_;
  absl::Status last_error_;
  base::MonotonicTime again_{};
  base::Duration pause_ = kFirstPause;
};

}  // namespace portcullis::pg
