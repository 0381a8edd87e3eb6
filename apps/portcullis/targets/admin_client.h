// One request to a gateway's admin port.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"

namespace portcullis::targets {

struct AdminAnswer {
  int status = 0;
  std::string body;
};

// Blocks, at most `patience`. `address` is "127.0.0.1:41009"; `method` GET or POST (with `body`, JSON);
// `user` is told as who asks. UNAVAILABLE when nobody answers there.
absl::StatusOr<AdminAnswer> AskAdmin(const std::string& address, const std::string& method,
                                     const std::string& path, const std::string& user,
                                     std::chrono::milliseconds patience = std::chrono::seconds(5),
                                     const std::string& body = "{}");

}  // namespace portcullis::targets
