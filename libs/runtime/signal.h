// Lets a coroutine wait for something that a callback brings.
//
//   std::optional<Result> result;
//   service.Ask(question, [&](Result r) { result = std::move(r); signal.Set(); });
//   while (!result) co_await signal.Wait();
//
// One waiter at a time. Both sides are on the same worker. Set never resumes the waiter inside the call, so
// that it may be called from within the callbacks of a library. The Signal must outlive the wait.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace portcullis::runtime {

class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  // Wakes the waiter, or lets the next Wait return at once.
  void Set() {
    set_ = true;
    if (waiter_) boost::asio::post(executor_, std::exchange(waiter_, nullptr));
  }

  // Returns once Set has been called since the last Wait returned.
  boost::asio::awaitable<void> Wait() {
    if (!set_) {
      co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
          [this](auto handler) { waiter_ = std::move(handler); }, boost::asio::use_awaitable);
    }
    set_ = false;
  }

 private:
  boost::asio::any_io_executor executor_;
  absl::AnyInvocable<void()> waiter_;
  bool set_ = false;
};

}  // namespace portcullis::runtime
