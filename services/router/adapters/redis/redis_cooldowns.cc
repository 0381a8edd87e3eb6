#include "services/router/adapters/redis/redis_cooldowns.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMaxPause{5'000};      // between attempts while Redis is away
constexpr milliseconds kRefusedPause{5'000};  // when it refuses: nothing gets better by asking often

// Arguments: a name and how many milliseconds remain of it, 0 = it is over; and so on. The answer has the
// same form. A cool-down is never shortened, only ended.
constexpr char kScript[] = R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #ARGV, 2 do
  local remaining = tonumber(ARGV[i + 1])
  if remaining > 0 then
    local standing = redis.call('ZSCORE', KEYS[1], ARGV[i])
    if not standing or tonumber(standing) < now + remaining then
      redis.call('ZADD', KEYS[1], now + remaining, ARGV[i])
    end
  else
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local all = redis.call('ZRANGE', KEYS[1], 0, 9999, 'WITHSCORES')
for i = 2, #all, 2 do
  all[i] = string.format('%.0f', tonumber(all[i]) - now)
end
return all
)";

std::vector<std::string> ToArguments(const std::vector<CooldownPost>& posts) {
  std::vector<std::string> arguments;
  for (const CooldownPost& post : posts) {
    arguments.push_back(post.name);
    arguments.push_back(std::to_string(post.remaining.count()));
  }
  return arguments;
}

std::vector<CooldownPost> FromAnswer(std::vector<std::string> answer) {
  std::vector<CooldownPost> posts;
  for (size_t i = 0; i + 1 < answer.size(); i += 2) {
    int64_t remaining = 0;
    const std::string& text = answer[i + 1];
    std::from_chars(text.data(), text.data() + text.size(), remaining);
    posts.push_back({std::move(answer[i]), milliseconds(remaining)});
  }
  return posts;
}

}  // namespace

std::string CooldownsKey(const std::string& prefix) { return prefix + ":router:cooldowns"; }

RedisCooldowns::RedisCooldowns(RedisCooldownsOptions options, const TargetTable& targets,
                               const base::Clock& clock, const RedisInstruments& instruments,
                               telemetry::Logger& logger)
    : options_(std::move(options)),
      key_(CooldownsKey(options_.prefix)),
      instruments_(instruments),
      logger_(logger),
      client_(options_.address, options_.timeout),
      book_(targets, clock,
            [this] {
              {
                const std::lock_guard lock(mutex_);
                news_ = true;
              }
              wake_.notify_one();
            }),
      pause_(options_.interval) {}

RedisCooldowns::~RedisCooldowns() = default;

void RedisCooldowns::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void RedisCooldowns::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Note(Exchange());
    Wait(stop, pause_);
  }
}

// News do not wait for the interval, but while Redis is away they do not hurry it either.
void RedisCooldowns::Wait(const std::stop_token& stop, milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, time, [this] { return news_ && !away_; });
  news_ = false;
}

absl::Status RedisCooldowns::Exchange() {
  const std::vector<CooldownPost> posts = book_.TakePosts();
  absl::StatusOr<std::vector<std::string>> answer = client_.Eval(kScript, key_, ToArguments(posts));
  if (!answer.ok()) {
    book_.PutBack(posts);
    return answer.status();
  }
  instruments_.told->Add(static_cast<double>(posts.size()));
  instruments_.learned->Add(static_cast<double>(book_.Learn(FromAnswer(*std::move(answer)))));
  return absl::OkStatus();
}

void RedisCooldowns::Note(const absl::Status& status) {
  const bool was_away = std::exchange(away_, !status.ok());
  instruments_.up->Set(status.ok() ? 1 : 0);
  if (status.ok()) {
    pause_ = options_.interval;
    if (was_away) logger_.Info("shared state is back");
    return;
  }
  instruments_.errors->Add();
  if (absl::IsFailedPrecondition(status)) {
    pause_ = kRefusedPause;
  } else {
    pause_ = was_away ? std::min(pause_ * 2, kMaxPause) : options_.interval;
  }
  if (was_away) return;
  logger_.Warning("shared state is away: this replica decides alone", {{"reason", base::Message(status)}});
}

}  // namespace portcullis::router
