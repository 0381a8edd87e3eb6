#include "tests/unit/services/router/support/test_provider.h"

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "libs/base/strings.h"

namespace portcullis::router::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

}  // namespace

void Gate::Open() {
  std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

bool Gate::Wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return open_; });
}

std::string ReceivedRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::beast::iequals(key, {name.data(), name.size()})) return value;
  }
  return "";
}

bool Exchange::Send(std::string_view raw) {
  boost::system::error_code error;
  asio::write(socket_, asio::buffer(raw), error);
  return !error;
}

bool Exchange::Answer(int status, std::string_view answer, std::string_view extra_headers) {
  return Send(base::StrCat("HTTP/1.1 ", status,
                           " Status\r\ncontent-type: application/json\r\ncontent-length: ", answer.size(),
                           "\r\n", extra_headers, "\r\n", answer));
}

bool Exchange::StartStream() {
  return Send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
}

bool Exchange::SendChunk(std::string_view data) {
  char size[16];
  std::snprintf(size, sizeof(size), "%zx", data.size());
  return Send(base::StrCat(size, "\r\n", data, "\r\n"));
}

bool Exchange::EndStream() { return Send("0\r\n\r\n"); }

bool Exchange::WaitForClose(std::chrono::milliseconds limit) {
  pollfd waiting{socket_.native_handle(), POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return false;
  char byte;
  return recv(socket_.native_handle(), &byte, 1, MSG_PEEK) <= 0;
}

void Exchange::Close() {
  boost::system::error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_both, ignored);
}

TestProvider::TestProvider(Script script)
    : script_(std::move(script)), acceptor_(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  Accept();
  thread_ = std::thread([this] { io_.run(); });
}

TestProvider::~TestProvider() {
  io_.stop();
  thread_.join();
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (Connection& connection : open_) shutdown(connection.socket.native_handle(), SHUT_RDWR);
  lock.unlock();
  for (Connection& connection : open_) connection.thread.join();
}

std::string TestProvider::base_url() const {
  return base::StrCat("http://127.0.0.1:", acceptor_.local_endpoint().port(), "/v1");
}

void TestProvider::Accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, Tcp::socket socket) {
    if (error) return;
    ++connections_;
    socket.set_option(Tcp::no_delay(true));
    std::lock_guard lock(mutex_);
    Connection& connection = open_.emplace_back(std::move(socket));
    connection.thread = std::thread([this, &connection] { Serve(connection.socket); });
    Accept();
  });
}

void TestProvider::Serve(Tcp::socket& socket) {
  boost::beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(64 << 20);
    boost::system::error_code error;
    http::read(socket, buffer, parser, error);
    if (error) break;
    ReceivedRequest request;
    request.method = std::string(parser.get().method_string());
    request.target = std::string(parser.get().target());
    request.body = parser.get().body();
    for (const auto& field : parser.get()) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    Exchange exchange(socket, request, Keep(request));
    script_(exchange);
  }
  std::lock_guard lock(mutex_);
  if (!stopping_) shutdown(socket.native_handle(), SHUT_RDWR);
}

int TestProvider::Keep(const ReceivedRequest& request) {
  std::lock_guard lock(mutex_);
  last_request_ = request;
  return requests_++;
}

int TestProvider::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

ReceivedRequest TestProvider::last_request() const {
  std::lock_guard lock(mutex_);
  return last_request_;
}

std::string RefusingBaseUrl() {
  asio::io_context io;
  Tcp::acceptor acceptor(io, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return base::StrCat("http://127.0.0.1:", acceptor.local_endpoint().port(), "/v1");
}

}  // namespace portcullis::router::test
