#include "apps/sim/peer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace portcullis::sim {
namespace asio = boost::asio;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr size_t kReadSize = 4096;
constexpr size_t kMaxReadAhead = 64 * 1024;
constexpr std::chrono::seconds kFinishTime(5);

}  // namespace

Peer::Peer(asio::ip::tcp::socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

asio::awaitable<bool> Peer::Write(std::string_view bytes) {
  if (gone_) co_return false;
  const auto [error, size] =
      co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), kAsTuple);
  bytes_sent_ += size;
  if (error) gone_ = true;
  co_return !gone_;
}

asio::awaitable<bool> Peer::Sleep(base::Duration duration) {
  if (gone_) co_return false;
  timer_.expires_after(duration);
  co_await timer_.async_wait(kAsTuple);
  co_return !gone_;
}

asio::awaitable<bool> Peer::SleepUntil(base::MonotonicTime time) {
  if (gone_) co_return false;
  timer_.expires_at(time);
  co_await timer_.async_wait(kAsTuple);
  co_return !gone_;
}

void Peer::StartWatch() {
  if (!watching_) Watch();
}

void Peer::Watch() {
  if (buffer_.size() >= kMaxReadAhead) return;
  watching_ = true;
  socket_.async_read_some(buffer_.prepare(kReadSize),
                          [self = shared_from_this()](boost::system::error_code error, size_t size) {
                            self->watching_ = false;
                            self->buffer_.commit(size);
                            if (error == asio::error::operation_aborted) return;
                            if (error) return self->Leave();
                            self->Watch();
                          });
}

void Peer::Leave() {
  gone_ = true;
  timer_.cancel();
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

asio::awaitable<void> Peer::StopWatch() {
  while (watching_) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    co_await asio::post(asio::use_awaitable);
  }
}

asio::awaitable<void> Peer::WaitUntilGone(base::Duration limit) {
  StartWatch();
  co_await Sleep(limit);
}

void Peer::Reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

asio::awaitable<void> Peer::Finish() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  buffer_.consume(buffer_.size());
  co_await WaitUntilGone(kFinishTime);
  socket_.close(ignored);
}

}  // namespace portcullis::sim
