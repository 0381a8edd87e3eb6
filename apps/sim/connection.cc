#include "apps/sim/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

#include "apps/sim/delivery.h"
#include "apps/sim/peer.h"
#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

using Parser = http::request_parser<http::string_body>;

ReceivedRequest Take(http::request<http::string_body> message, base::SystemTime at) {
  ReceivedRequest request;
  request.method = message.method_string();
  request.target = message.target();
  for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.at = at;
  return request;
}

// The status for bytes that are not a request within the limits; 0 when the peer just left.
int RefusalStatus(const boost::system::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  const bool http_error = error.category() == make_error_code(http::error::bad_method).category();
  return http_error && error != http::error::end_of_stream && error != http::error::partial_message ? 400 : 0;
}

Reply Refusal(int status, const boost::system::error_code& error) {
  Reply reply;
  reply.status = status;
  reply.body = base::StrCat(R"({"error":)", JsonString(base::StrCat("simulator: ", error.message())), "}");
  reply.journalled = false;
  return reply;
}

class Connection {
 public:
  Connection(asio::ip::tcp::socket socket, Service& service)
      : peer_(std::make_shared<Peer>(std::move(socket))), service_(service) {}

  asio::awaitable<void> Run() {
    bool more = true;
    while (more) more = co_await Exchange();
  }

 private:
  // One request and its reply. False ends the connection.
  asio::awaitable<bool> Exchange() {
    Parser parser;
    parser.header_limit(kMaxHeaderBytes);
    parser.body_limit(kMaxBodyBytes);
    const boost::system::error_code error = co_await Read(parser);
    if (error) {
      co_await Refuse(error);
      co_return false;
    }
    const bool keep_alive = parser.get().keep_alive();
    const bool chunked = parser.get().version() >= 11;
    const bool more = co_await Answer(Take(parser.release(), service_.clock().Now()), keep_alive, chunked);
    if (!more && peer_->socket().is_open()) co_await peer_->Finish();
    co_return more;
  }

  asio::awaitable<boost::system::error_code> Read(Parser& parser) {
    const auto [header_error, header_size] =
        co_await http::async_read_header(peer_->socket(), peer_->buffer(), parser, kAsTuple);
    if (header_error || parser.is_done()) co_return header_error;
    if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      co_await peer_->Write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    const auto [error, size] = co_await http::async_read(peer_->socket(), peer_->buffer(), parser, kAsTuple);
    co_return error;
  }

  asio::awaitable<void> Refuse(boost::system::error_code error) {
    const int status = RefusalStatus(error);
    if (status == 0) co_return;
    const Reply reply = Refusal(status, error);
    co_await Deliver(*peer_, reply, false, true, service_.clock());
    co_await peer_->Finish();
  }

  asio::awaitable<bool> Answer(ReceivedRequest request, bool keep_alive, bool chunked) {
    const base::MonotonicTime start = service_.clock().Monotonic();
    const Reply reply = service_.Handle(request);
    std::string target = request.target;
    if (reply.journalled) service_.journal().AddRequest(std::move(request), reply.status, reply.fault);
    keep_alive = keep_alive && (chunked || !reply.stream);
    peer_->ClearBytesSent();
    const CallEnd end = co_await Deliver(*peer_, reply, keep_alive, chunked, service_.clock());
    if (reply.journalled) {
      service_.journal().AddEnd(end, {.target = std::move(target),
                                      .at = service_.clock().Now(),
                                      .after = service_.clock().Monotonic() - start,
                                      .bytes_sent = peer_->bytes_sent()});
    }
    co_return keep_alive&& end == CallEnd::kAnswered;
  }

  const std::shared_ptr<Peer> peer_;
  Service& service_;
};

}  // namespace

asio::awaitable<void> ServeConnection(asio::ip::tcp::socket socket, Service& service) {
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  Connection connection(std::move(socket), service);
  co_await connection.Run();
}

}  // namespace portcullis::sim
