// Brings the cool-downs of all replicas together in Redis, on a thread of its own.
//
// They stand in one sorted set, "<prefix>:router:cooldowns", by the time when each is over; Redis' own clock
// counts. Every `interval`, and at once when this replica has something to tell, one script takes in what is
// new and answers all that stands. While Redis is away each replica decides by what it sees itself; what it
// has to tell waits. Needs Redis 5 or later.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/router/adapters/redis/redis_client.h"
#include "services/router/domain/cooldown_book.h"

namespace portcullis::router {

// Where they stand, for rights.
std::string CooldownsKey(const std::string& prefix);

struct RedisCooldownsOptions {
  RedisAddress address;
  std::string prefix = "portcullis";
  std::chrono::milliseconds interval{200};
  std::chrono::milliseconds timeout{500};
};

// Never null.
struct RedisInstruments {
  telemetry::Gauge* up = nullptr;  // 1 while the last exchange succeeded
  telemetry::Counter* errors = nullptr;
  telemetry::Counter* told = nullptr;     // cool-downs that went to Redis
  telemetry::Counter* learned = nullptr;  // those of other replicas that were applied
};

class RedisCooldowns {
 public:
  // `targets`, `clock` and `logger` outlive it.
  RedisCooldowns(RedisCooldownsOptions options, const TargetTable& targets, const base::Clock& clock,
                 const RedisInstruments& instruments, telemetry::Logger& logger);
  ~RedisCooldowns();  // waits for an exchange under way: at most twice the time-out, and a name's resolution

  // What the targets tell. Thread-safe.
  CooldownShare& share() { return book_; }

  void Start();

 private:
  void Run(const std::stop_token& stop);
  absl::Status Exchange();
  void Note(const absl::Status& status);
  void Wait(const std::stop_token& stop, std::chrono::milliseconds time);

  const RedisCooldownsOptions options_;
  const std::string key_;
  const RedisInstruments instruments_;
  telemetry::Logger& logger_;
  RedisClient client_;
  CooldownBook book_;
  std::chrono::milliseconds pause_;  // until the next exchange
  bool away_ = false;

  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool news_ = false;  // guarded by mutex_

  std::jthread thread_;  // last: stopped first
};

}  // namespace portcullis::router
