// The HTTP/1.1 server: one Server per worker, each with its own listening socket on the same port
// (SO_REUSEPORT).
//
//   class Echo : public http::Handler {
//     boost::asio::awaitable<void> Handle(http::Request& request, http::ResponseWriter& writer) override {
//       http::Response response{200, {{"content-type", "text/plain"}}, std::move(request.body)};
//       co_await writer.Send(std::move(response));
//     }
//   };
//   auto server = http::Server::Listen(worker, {{"127.0.0.1", 0}}, options, {handler, refusals, clock,
//   metrics});
//
// (GCC 12 cannot compile a braced list of fields inside a co_await expression, so make the response before;
// and it destroys temporaries twice where co_await stands inside ?:, so write an if.)
//
// A connection and all it does stay on the worker's thread. Requests of one connection are handled one after
// the other, pipelined ones included. While a handler is at work the server goes on reading the connection:
// that is how it learns that the client has gone.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/http/message.h"
#include "libs/http/refusal.h"
#include "libs/telemetry/api/metrics.h"

namespace portcullis::runtime {
class Worker;
}

namespace portcullis::http {

// Limits of one Server, thus of one worker. Time-outs are kept to a quarter of the shortest of them, 1 s at
// most.
struct ServerOptions {
  size_t max_header_bytes = 32 * 1024;       // request line and fields; beyond: 431
  size_t max_body_bytes = 32 * 1024 * 1024;  // after decoding chunks; beyond: 413
  size_t max_read_ahead = 64 * 1024;  // pipelined bytes kept while a request is handled; then reading stops
  size_t max_connections = 10000;     // beyond: 503
  std::chrono::milliseconds read_timeout{30000};  // to read one whole request, from its first byte; then 408
  std::chrono::milliseconds idle_timeout{
      75000};  // between requests and before the first; then closed silently
  std::chrono::milliseconds write_timeout{
      30000};  // without the client taking a byte; then the client has departed
  std::chrono::milliseconds linger_timeout{2000};  // after a last answer, for the client to read it and close
  // Of a kept connection without a request when the server drains: one may be on its way.
  std::chrono::milliseconds drain_grace{500};
  // True: an address on which another process listens is an error. The first worker of a process says true;
  // its other workers, which join the first one's port, say false.
  bool exclusive = false;
};

struct ListenAddress {
  std::string address;  // an IP address: "127.0.0.1", "0.0.0.0", "::"
  uint16_t port = 0;    // 0: the system picks one
};

// Writes the answer to one request. Belongs to the server; used by the request's handler only, one call at a
// time, on the worker's thread, until Handle ends. Either Send once, or StartStream, Write..., End.
//
// After the client has departed StartStream, Write and End do nothing and return kCancelled; Send still
// tries, because the client may have closed its sending half only. kDeadlineExceeded: write_timeout.
// kFailedPrecondition: the call is out of order.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;

  // The whole answer with its content-length, in one system call if the client's window takes it.
  virtual boost::asio::awaitable<absl::Status> Send(Response response) = 0;

  // Begins a chunked answer. The head leaves together with the first Write (or End).
  virtual boost::asio::awaitable<absl::Status> StartStream(int status, Headers headers) = 0;
  // Sends one chunk now; `chunk` must stay valid until the call ends. An empty chunk sends only the head, if
  // it is still here.
  virtual boost::asio::awaitable<absl::Status> Write(std::string_view chunk) = 0;
  // Sends `chunk`, unless empty, and the end of the stream. A handler that returns without it breaks the
  // stream off: the connection closes and the client sees that the answer is cut.
  virtual boost::asio::awaitable<absl::Status> End(std::string_view chunk = {}) = 0;

  // True once the client's FIN or RST has arrived, a write failed or timed out, or the server is being
  // destroyed.
  virtual bool departed() const = 0;
  // `callback` runs once when the client departs, at once if it has already; dropped when Handle ends.
  // Replaces the callback given before; an empty one takes it back. It must not resume the handler's
  // coroutine directly (emitting a cancellation signal and posting are both fine).
  virtual void OnDeparture(absl::AnyInvocable<void()> callback) = 0;

  // True once a byte of the answer was handed to the system or a stream was started.
  virtual bool started() const = 0;
};

// Handles requests. Handle runs as a coroutine on the worker, many at a time for different connections.
// `request` and `writer` live until it ends. An exception, or ending without an answer, becomes a 500 if
// nothing was sent yet, else the connection closes.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual boost::asio::awaitable<void> Handle(Request& request, ResponseWriter& writer) = 0;
};

// What a Server uses. All must outlive the worker's loop.
struct ServerDependencies {
  Handler& handler;
  RefusalHandler& refusals;
  const base::Clock& clock;  // for the Date field
  telemetry::Metrics& metrics;
};

class ServerCore;

// Used on the worker's thread, or while the worker does not run. Destroying it closes all connections at
// once; handlers still at work see their client depart.
class Server {
 public:
  // kInvalidArgument: not an IP address. kAlreadyExists: the port is taken. kPermissionDenied, kUnavailable:
  // other errors of the system, named in the message.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(runtime::Worker& worker,
                                                        const std::vector<ListenAddress>& addresses,
                                                        const ServerOptions& options,
                                                        const ServerDependencies& dependencies);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // What is listened on, ports resolved: give it to Listen for the other workers.
  const std::vector<ListenAddress>& addresses() const;
  // The port of the first address.
  uint16_t port() const;

  // Stops accepting, lets requests that have begun finish; their answers carry `connection: close`. Idle
  // connections are closed after `drain_grace`; a request that comes before is answered. Idempotent. Done
  // when OpenConnections() is 0.
  void Drain();

  // Requests whose handler runs.
  size_t ActiveRequests() const;
  size_t OpenConnections() const;

 private:
  explicit Server(std::shared_ptr<ServerCore> core);

  const std::shared_ptr<ServerCore> core_;
};

}  // namespace portcullis::http
