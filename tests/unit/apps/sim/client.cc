#include "tests/unit/apps/sim/client.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <chrono>
#include <thread>

#include "libs/base/strings.h"

namespace portcullis::sim {
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
namespace {

constexpr std::chrono::seconds kDeadline(10);

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

json::value Response::Json() const {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  return error ? json::value("not JSON: " + body) : value;
}

std::vector<std::string> Response::Events() const {
  std::vector<std::string> events;
  constexpr std::string_view kData = "data: ";
  for (size_t at = 0; at < body.size();) {
    const size_t end = std::min(body.find("\n\n", at), body.size());
    const std::string event = body.substr(at, end - at);
    events.push_back(event.starts_with(kData) ? event.substr(kData.size()) : "not data: " + event);
    at = end + 2;
  }
  return events;
}

Client::Client(uint16_t port) : socket_(io_) {
  socket_.connect({asio::ip::make_address("127.0.0.1"), port});
  socket_.set_option(asio::ip::tcp::no_delay(true));
  const timeval limit = {.tv_sec = kDeadline.count(), .tv_usec = 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

void Client::SendRaw(std::string_view bytes) {
  boost::system::error_code ignored;
  asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
}

void Client::Send(std::string_view method, std::string_view path, std::string_view body,
                  const Headers& headers) {
  std::string request =
      base::StrCat(method, " ", path, " HTTP/1.1\r\nHost: sim\r\nContent-Length: ", body.size(), "\r\n");
  bool key = false;
  for (const auto& [name, value] : headers) {
    request += base::StrCat(name, ": ", value, "\r\n");
    key = key || name == "Authorization";
  }
  if (!key) request += "Authorization: Bearer test-key\r\n";
  SendRaw(base::StrCat(request, "\r\n", body));
}

Response Client::Read(size_t body_bytes) {
  Response response;
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  char buffer[65536];
  while (true) {
    boost::system::error_code error;
    for (size_t used = 1; used > 0 && !pending_.empty() && !parser.is_done();) {
      used = parser.put(asio::buffer(pending_), error);
      pending_.erase(0, used);
    }
    if (parser.is_done() || parser.get().body().size() >= body_bytes) break;
    const ssize_t size = ::recv(socket_.native_handle(), buffer, sizeof(buffer), 0);
    response.reset = size < 0 && errno == ECONNRESET;
    response.closed = size == 0;
    if (size <= 0) break;
    ++response.reads;
    pending_.append(buffer, static_cast<size_t>(size));
  }
  response.complete = parser.is_done();
  response.status = parser.is_header_done() ? static_cast<int>(parser.get().result_int()) : 0;
  for (const auto& field : parser.get())
    response.headers[Lower(field.name_string())] = std::string(field.value());
  response.body = parser.get().body();
  return response;
}

Response Client::Post(std::string_view path, std::string_view body, const Headers& headers) {
  Send("POST", path, body, headers);
  return Read();
}

Response Client::Get(std::string_view path, const Headers& headers) {
  Send("GET", path, "", headers);
  return Read();
}

void Client::Close() { socket_.close(); }

void Client::ShutdownSend() { socket_.shutdown(asio::socket_base::shutdown_send); }

std::string Chat(std::string_view user, std::string_view more, std::string_view model) {
  return base::StrCat(R"({"model":")", model, R"(","messages":[{"role":"user","content":)",
                      json::serialize(json::string(user)), "}]", more.empty() ? "" : ",", more, "}");
}

std::string ContentOf(const Response& response) {
  boost::system::error_code error;
  const json::value body = response.Json();
  const json::value* content = body.find_pointer("/choices/0/message/content", error);
  return content != nullptr && content->is_string() ? std::string(content->get_string())
                                                    : "none: " + response.body;
}

std::string StreamedContent(const Response& response) {
  std::string text;
  for (const std::string& event : response.Events()) {
    boost::system::error_code error;
    const json::value chunk = json::parse(event, error);
    const json::value* content = error ? nullptr : chunk.find_pointer("/choices/0/delta/content", error);
    if (content != nullptr && content->is_string()) text += content->get_string();
  }
  return text;
}

bool WaitFor(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace portcullis::sim
