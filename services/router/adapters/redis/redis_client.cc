#include "services/router/adapters/redis/redis_client.h"

#include <hiredis/hiredis.h>

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

timeval ToTimeval(std::chrono::milliseconds time) {
  return {time.count() / 1000, (time.count() % 1000) * 1000};
}

absl::StatusOr<std::vector<std::string>> ToStrings(const redisReply& reply) {
  const auto text = [](const redisReply& r) {
    return r.type == REDIS_REPLY_INTEGER ? std::to_string(r.integer) : std::string(r.str, r.len);
  };
  switch (reply.type) {
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_INTEGER:
      return std::vector<std::string>{text(reply)};
    case REDIS_REPLY_ERROR:
      return absl::FailedPreconditionError(
          base::StrCat("Redis refused: ", std::string(reply.str, reply.len)));
    case REDIS_REPLY_ARRAY:
      break;
    default:
      return absl::FailedPreconditionError("Redis gave an answer of an unexpected type");
  }
  std::vector<std::string> strings;
  for (size_t i = 0; i < reply.elements; ++i) {
    const redisReply& element = *reply.element[i];
    if (element.type != REDIS_REPLY_STRING && element.type != REDIS_REPLY_INTEGER) {
      return absl::FailedPreconditionError("Redis gave a list with an element of an unexpected type");
    }
    strings.push_back(text(element));
  }
  return strings;
}

}  // namespace

void RedisClient::Free::operator()(redisContext* context) const { redisFree(context); }

RedisClient::RedisClient(RedisAddress address, std::chrono::milliseconds timeout)
    : address_(std::move(address)), timeout_(timeout) {}

RedisClient::~RedisClient() = default;

absl::Status RedisClient::Connect() {
  context_.reset(redisConnectWithTimeout(address_.host.c_str(), address_.port, ToTimeval(timeout_)));
  if (context_ == nullptr) return absl::ResourceExhaustedError("no memory for a connection to Redis");
  if (context_->err != 0) {
    absl::Status status = absl::UnavailableError(base::StrCat("no connection to Redis at ", address_.host,
                                                              ":", address_.port, ": ", context_->errstr));
    context_.reset();
    return status;
  }
  redisSetTimeout(context_.get(), ToTimeval(timeout_));
  redisEnableKeepAlive(context_.get());
  absl::Status ready;
  if (!address_.password.empty()) {
    std::vector<std::string> auth = {"AUTH"};
    if (!address_.username.empty()) auth.push_back(address_.username);
    auth.push_back(address_.password);
    ready = Run(auth).status();
  }
  if (ready.ok() && address_.database != 0)
    ready = Run({"SELECT", std::to_string(address_.database)}).status();
  if (!ready.ok()) context_.reset();
  return ready;
}

absl::StatusOr<std::vector<std::string>> RedisClient::Run(const std::vector<std::string>& command) {
  std::vector<const char*> words;
  std::vector<size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  const Reply reply(static_cast<redisReply*>(
      redisCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(), sizes.data())));
  if (reply != nullptr) return ToStrings(*reply);
  absl::Status status = absl::UnavailableError(
      base::StrCat("Redis at ", address_.host, ":", address_.port, " does not answer: ", context_->errstr));
  context_.reset();  // what it may still answer belongs to no later command
  return status;
}

absl::StatusOr<std::vector<std::string>> RedisClient::Eval(const std::string& script, const std::string& key,
                                                           const std::vector<std::string>& arguments) {
  if (context_ == nullptr) RETURN_IF_ERROR(Connect());
  std::vector<std::string> command = {"EVAL", script, "1", key};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Run(command);
}

}  // namespace portcullis::router
