// TimerPort on a worker's event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "services/router/domain/timer_port.h"

namespace portcullis::router {

class AsioTimers final : public TimerPort {
 public:
  // `io` must outlive the port and its timers, and be run by one thread.
  explicit AsioTimers(boost::asio::io_context& io) : io_(io) {}

  std::unique_ptr<Timer> RunAfter(base::Duration delay, absl::AnyInvocable<void()> action) override;

 private:
  boost::asio::io_context& io_;
};

}  // namespace portcullis::router
