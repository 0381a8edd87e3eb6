// A departure that one thread tells and a worker acts on.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace portcullis::edge {

// Tell may be called on any thread; the rest belongs to the worker of the executor. Kept alive by shared_ptr.
class Departure : public std::enable_shared_from_this<Departure> {
 public:
  explicit Departure(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void Tell() {
    departed_.store(true, std::memory_order_release);
    boost::asio::post(executor_, [self = shared_from_this()] {
      if (self->callback_) self->callback_();
    });
  }

  bool departed() const { return departed_.load(std::memory_order_acquire); }

  void OnDeparture(absl::AnyInvocable<void()> callback) {
    callback_ = std::move(callback);
    if (departed() && callback_) callback_();
  }

 private:
  const boost::asio::any_io_executor executor_;
  std::atomic<bool> departed_{false};
  absl::AnyInvocable<void()> callback_;
};

}  // namespace portcullis::edge
