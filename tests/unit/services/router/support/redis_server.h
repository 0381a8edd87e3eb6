// A real redis-server for a test, on a free port of the loopback, without files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace portcullis::router::test {

class RedisServer {
 public:
  // Aborts when there is no redis-server (scripts/lib/packages test installs it). `more`: further arguments.
  explicit RedisServer(std::vector<std::string> more = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  uint16_t port() const { return port_; }

  void Stop();   // at once, and what it held is gone
  void Start();  // again, on the same port

 private:
  bool TryStart();

  const std::vector<std::string> more_;
  uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace portcullis::router::test
