#include "services/router/app/shared_state.h"

#include <cstdlib>
#include <string_view>
#include <vector>

#include "libs/base/status_macros.h"
#include "services/router/adapters/redis/redis_cooldowns.h"

namespace portcullis::router {
namespace {

constexpr char kInfo[] = "return {redis.call('INFO', 'server'), redis.call('INFO', 'replication')}";

// The value of a line "name:value"; "" = there is none.
std::string ValueIn(std::string_view info, std::string_view name) {
  const size_t found = info.find(name);
  if (found == info.npos) return "";
  const std::string_view rest = info.substr(found + name.size());
  return std::string(rest.substr(0, rest.find_first_of("\r\n")));
}

}  // namespace

RedisAddress AddressOf(const SharedStateOptions& options) {
  RedisAddress address;
  const size_t colon = options.redis.rfind(':');
  std::string_view host = std::string_view(options.redis).substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  address.host = host;
  address.port = static_cast<uint16_t>(std::strtoul(options.redis.c_str() + colon + 1, nullptr, 10));
  address.username = options.username;
  address.password = options.password;
  address.database = options.database;
  return address;
}

absl::StatusOr<RedisFacts> AskSharedState(const SharedStateOptions& options,
                                          std::chrono::milliseconds timeout) {
  RedisClient client(AddressOf(options), timeout);
  ASSIGN_OR_RETURN(const std::vector<std::string> answer,
                   client.Eval(kInfo, CooldownsKey(options.prefix), {}));
  if (answer.size() != 2) return absl::FailedPreconditionError("Redis does not tell its version");
  return RedisFacts{ValueIn(answer[0], "redis_version:"), ValueIn(answer[1], "role:") == "slave"};
}

}  // namespace portcullis::router
