#include "services/router/adapters/upstream/asio_timers.h"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace portcullis::router {
namespace {

// The handler may already be queued when the timer is destroyed, so that what it looks at is shared with it.
struct Pending {
  bool cancelled = false;
  absl::AnyInvocable<void()> action;
};

class AsioTimer final : public Timer {
 public:
  AsioTimer(boost::asio::io_context& io, base::Duration delay, absl::AnyInvocable<void()> action)
      : timer_(io), pending_(std::make_shared<Pending>()) {
    pending_->action = std::move(action);
    timer_.expires_after(delay);
    timer_.async_wait([pending = pending_](const boost::system::error_code&) {
      if (pending->cancelled) return;
      // Moved out: the action may destroy this timer.
      auto run = std::move(pending->action);
      run();
    });
  }

  ~AsioTimer() override { pending_->cancelled = true; }

 private:
  boost::asio::steady_timer timer_;
  std::shared_ptr<Pending> pending_;
};

}  // namespace

std::unique_ptr<Timer> AsioTimers::RunAfter(base::Duration delay, absl::AnyInvocable<void()> action) {
  return std::make_unique<AsioTimer>(io_, delay, std::move(action));
}

}  // namespace portcullis::router
