// A connection's peer: writing, waiting and noticing that the peer left, for one coroutine at a time.
//
// While watched, what the peer sends is read into `buffer()` (the start of its next request), so that its FIN
// or RST is seen at once; a FIN counts as leaving. Used on its io_context's thread only. Held by shared_ptr:
// a pending watch keeps it alive.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <string_view>

#include "libs/base/clock.h"

namespace portcullis::sim {

class Peer : public std::enable_shared_from_this<Peer> {
 public:
  explicit Peer(boost::asio::ip::tcp::socket socket);

  // Each false when the peer is gone.
  boost::asio::awaitable<bool> Write(std::string_view bytes);
  boost::asio::awaitable<bool> Sleep(base::Duration duration);
  boost::asio::awaitable<bool> SleepUntil(base::MonotonicTime time);

  void StartWatch();
  boost::asio::awaitable<void> StopWatch();

  // Waits, watched, until the peer leaves or `limit` has passed.
  boost::asio::awaitable<void> WaitUntilGone(base::Duration limit);

  // Ends the connection by RST.
  void Reset();

  // Ends our side by FIN; then up to five seconds for the peer to take what was sent.
  boost::asio::awaitable<void> Finish();

  bool gone() const { return gone_; }
  size_t bytes_sent() const { return bytes_sent_; }
  void ClearBytesSent() { bytes_sent_ = 0; }
  boost::asio::ip::tcp::socket& socket() { return socket_; }
  boost::beast::flat_buffer& buffer() { return buffer_; }

 private:
  void Watch();
  void Leave();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  size_t bytes_sent_ = 0;
  bool gone_ = false;
  bool watching_ = false;  // a read is pending
};

}  // namespace portcullis::sim
