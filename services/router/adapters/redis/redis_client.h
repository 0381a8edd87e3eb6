// A connection to Redis for short exchanges, one at a time. Blocking: for a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct redisContext;

namespace portcullis::router {

struct RedisAddress {
  std::string host;
  uint16_t port = 6379;
  std::string username;  // "" = the default user
  std::string password;  // "" = none is asked for
  int database = 0;
};

// Belongs to one thread.
class RedisClient {
 public:
  // `timeout` bounds the connecting and each exchange.
  RedisClient(RedisAddress address, std::chrono::milliseconds timeout);
  ~RedisClient();

  // Runs a Lua script (EVAL) with one key; its answer must be a list of strings or integers, which come as
  // text. Connects when there is no connection. UNAVAILABLE when Redis cannot be reached or does not answer
  // in time, FAILED_PRECONDITION when it refuses (password, script): its own words, without the password.
  absl::StatusOr<std::vector<std::string>> Eval(const std::string& script, const std::string& key,
                                                const std::vector<std::string>& arguments);

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  absl::Status Connect();
  absl::StatusOr<std::vector<std::string>> Run(const std::vector<std::string>& command);

  const RedisAddress address_;
  const std::chrono::milliseconds timeout_;
  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace portcullis::router
