// A client made of one blocking socket: sends exactly the bytes it is given. Every wait has a deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/http/message.h"

namespace portcullis::http {

struct RawResponse {
  std::string status_line;
  int status = 0;
  Headers headers;
  std::string body;       // without chunk framing
  bool complete = false;  // false: cut off
};

class RawClient {
 public:
  explicit RawClient(uint16_t port);  // connects; aborts if it cannot
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  static bool CanConnect(uint16_t port);

  void Send(std::string_view bytes);
  // Sends until the system takes no more for `patience`, `limit` at most; how many bytes it took.
  size_t SendUntilBlocked(std::string_view pattern, size_t limit, std::chrono::milliseconds patience);
  // The next answer; `head`: it answers a HEAD request, thus has no body.
  RawResponse Receive(bool head = false);
  // The next bytes, as many as are there; "" at the end of the stream or if none come in time.
  std::string ReceiveSome();
  // True if the server closes the connection and nothing is left to read.
  bool AtEnd();
  // True if bytes (or the end) arrive within `patience`.
  bool Readable(std::chrono::milliseconds patience);

  void CloseSending();  // FIN, the receiving half stays open
  void Close();         // FIN
  void Reset();         // RST

 private:
  bool Fill();
  std::optional<size_t> Find(std::string_view text, size_t from);
  bool ReceiveChunks(std::string& body);

  int fd_ = -1;
  std::string input_;
  bool ended_ = false;
};

}  // namespace portcullis::http
