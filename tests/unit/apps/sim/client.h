// A small HTTP client for the simulator's tests: sees the single reads, partial bodies and how a connection
// ends.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::sim {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // what arrived of it
  size_t reads = 0;                            // recv calls that returned bytes
  bool complete = false;                       // the whole message arrived
  bool reset = false;                          // ended by RST
  bool closed = false;                         // ended by FIN

  boost::json::value Json() const;
  // The data of each event of the body, "[DONE]" included.
  std::vector<std::string> Events() const;
};

// One connection. Reads give up after ten seconds.
class Client {
 public:
  explicit Client(uint16_t port);

  Response Post(std::string_view path, std::string_view body, const Headers& headers = {});
  Response Get(std::string_view path, const Headers& headers = {});

  // The halves of a call. Read reads until `size` bytes of the body are there or the message ends.
  void Send(std::string_view method, std::string_view path, std::string_view body,
            const Headers& headers = {});
  void SendRaw(std::string_view bytes);
  Response Read(size_t body_bytes = std::string::npos);
  void Close();
  void ShutdownSend();

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string pending_;  // received, and not yet part of a response
};

// A chat request with one user message.
std::string Chat(std::string_view user, std::string_view more = "", std::string_view model = "sim-test");

// The content of the first choice of an answer; that of all deltas of a stream, joined.
std::string ContentOf(const Response& response);
std::string StreamedContent(const Response& response);

// Polls until `condition` holds; false after ten seconds.
bool WaitFor(const std::function<bool()>& condition);

}  // namespace portcullis::sim
