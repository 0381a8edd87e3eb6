// The Redis that `providers.shared_state` names.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "services/router/adapters/redis/redis_client.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

RedisAddress AddressOf(const SharedStateOptions& options);

// What a Redis says of itself when it is asked as routers ask: by a script, with their login.
struct RedisFacts {
  std::string version;   // "7.0.15"
  bool replica = false;  // it takes no writes
};

// Blocks at most twice `timeout`, and a name's resolution. UNAVAILABLE: there is no answer;
// FAILED_PRECONDITION: it refuses (login, rights), in its own words.
absl::StatusOr<RedisFacts> AskSharedState(const SharedStateOptions& options,
                                          std::chrono::milliseconds timeout);

}  // namespace portcullis::router
