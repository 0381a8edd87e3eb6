#include "tests/unit/libs/http/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "libs/testing/wait.h"

namespace portcullis::http {
namespace {

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return -1;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

bool Poll(int fd, short events, std::chrono::milliseconds patience) {
  pollfd entry{fd, events, 0};
  return poll(&entry, 1, static_cast<int>(patience.count())) > 0;
}

}  // namespace

RawClient::RawClient(uint16_t port) : fd_(Connect(port)) {
  if (fd_ >= 0) return;
  std::fprintf(stderr, "cannot connect to port %d\n", port);
  std::abort();
}

RawClient::~RawClient() { Close(); }

bool RawClient::CanConnect(uint16_t port) {
  const int fd = Connect(port);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

void RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the test sees it by what comes back
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

size_t RawClient::SendUntilBlocked(std::string_view pattern, size_t limit,
                                   std::chrono::milliseconds patience) {
  size_t total = 0;
  while (total < limit && Poll(fd_, POLLOUT, patience)) {
    const ssize_t sent = send(fd_, pattern.data(), pattern.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    total += static_cast<size_t>(sent);
  }
  return total;
}

bool RawClient::Readable(std::chrono::milliseconds patience) {
  return !input_.empty() || Poll(fd_, POLLIN, patience);
}

bool RawClient::Fill() {
  if (ended_ || !Poll(fd_, POLLIN, testing::kPatience)) return false;
  char buffer[64 * 1024];
  const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
  if (size <= 0) {
    ended_ = true;
    return false;
  }
  input_.append(buffer, static_cast<size_t>(size));
  return true;
}

std::optional<size_t> RawClient::Find(std::string_view text, size_t from) {
  for (;;) {
    if (const size_t at = input_.find(text, from); at != std::string::npos) return at;
    if (!Fill()) return std::nullopt;
  }
}

bool RawClient::ReceiveChunks(std::string& body) {
  for (;;) {
    const auto line = Find("\r\n", 0);
    if (!line) return false;
    const size_t size = std::strtoul(input_.c_str(), nullptr, 16);
    while (input_.size() < *line + 2 + size + 2) {
      if (!Fill()) return false;
    }
    body += input_.substr(*line + 2, size);
    input_.erase(0, *line + 2 + size + 2);
    if (size == 0) return true;
  }
}

RawResponse RawClient::Receive(bool head) {
  RawResponse response;
  const auto end = Find("\r\n\r\n", 0);
  if (!end) return response;
  size_t start = input_.find("\r\n");
  response.status_line = input_.substr(0, start);
  response.status = std::atoi(response.status_line.c_str() + 9);
  while (start < *end) {
    const size_t next = input_.find("\r\n", start + 2);
    const std::string line = input_.substr(start + 2, next - start - 2);
    const size_t colon = line.find(": ");
    response.headers.Add(line.substr(0, colon), line.substr(colon + 2));
    start = next;
  }
  input_.erase(0, *end + 4);
  if (head || response.status < 200 || response.status == 204 || response.status == 304) {
    response.complete = true;
  } else if (response.headers.GetOr("transfer-encoding") == "chunked") {
    response.complete = ReceiveChunks(response.body);
  } else if (const auto length = response.headers.Get("content-length")) {
    const size_t size = std::strtoul(std::string(*length).c_str(), nullptr, 10);
    while (input_.size() < size && Fill()) {
    }
    response.complete = input_.size() >= size;
    response.body = input_.substr(0, size);
    input_.erase(0, size);
  } else {
    while (Fill()) {
    }
    response.complete = ended_;
    response.body = std::exchange(input_, {});
  }
  return response;
}

std::string RawClient::ReceiveSome() {
  if (input_.empty()) Fill();
  return std::exchange(input_, {});
}

bool RawClient::AtEnd() { return input_.empty() && !Fill() && ended_; }

void RawClient::CloseSending() { shutdown(fd_, SHUT_WR); }

void RawClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void RawClient::Reset() {
  const linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  Close();
}

}  // namespace portcullis::http
