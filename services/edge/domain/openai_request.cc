#include "services/edge/domain/openai_request.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::edge {
namespace {

using json::Kind;
using json::Node;
using json::Tape;

constexpr uint32_t kMaxModelBytes = 256;
constexpr int64_t kMaxChoices = 128;

// Keys that decide how a request is handled. If one stood twice, another parser might read the other one.
constexpr std::string_view kControlKeys[] = {
    "model",  "messages", "stream",         "n",     "max_tokens", "max_completion_tokens", "user",
    "prompt", "suffix",   "stream_options", "tools", "input"};

using MaybeError = std::optional<ApiError>;

ApiError ParseError(const absl::Status& status) {
  const bool limit = status.code() == absl::StatusCode::kResourceExhausted;
  return InvalidRequest(limit ? "json_too_complex" : "invalid_json",
                        base::StrCat("the request body is not acceptable JSON: ", base::Message(status)));
}

ApiError WrongType(std::string_view key, std::string_view expected) {
  return InvalidRequest("invalid_type", base::StrCat("`", key, "` must be ", expected), key);
}

MaybeError CheckDuplicates(const Tape& tape) {
  for (std::string_view key : kControlKeys) {
    if (tape.CountKey(tape.root(), key) > 1) {
      return InvalidRequest("duplicate_key",
                            base::StrCat("the key `", key, "` stands more than once; keep one"), key);
    }
  }
  return std::nullopt;
}

MaybeError CheckMessages(const Tape& tape, const RequestLimits& limits) {
  const Node* messages = tape.Find(tape.root(), "messages");
  if (messages == nullptr) {
    return InvalidRequest("missing_field", "`messages` is missing: give an array of messages", "messages");
  }
  if (messages->kind != Kind::kArray) return WrongType("messages", "an array of messages");
  uint32_t count = 0;
  for (const Node& message : tape.Children(*messages)) {
    if (++count > limits.max_messages) {
      return InvalidRequest("too_many_messages", base::StrCat("more than ", limits.max_messages, " messages"),
                            "messages", 413);
    }
    const std::string path = base::StrCat("messages[", count - 1, "]");
    if (message.kind != Kind::kObject) return WrongType(path, "an object with `role` and `content`");
    for (std::string_view key : {"role", "content"}) {
      if (tape.CountKey(message, key) > 1) {
        return InvalidRequest("duplicate_key", base::StrCat("`", path, ".", key, "` stands more than once"),
                              path);
      }
    }
    const Node* role = tape.Find(message, "role");
    if (role == nullptr || role->kind != Kind::kString) return WrongType(path + ".role", "a string");
  }
  if (count == 0)
    return InvalidRequest("empty_messages", "`messages` is empty: give at least one", "messages");
  return std::nullopt;
}

// Reads an optional whole number in 0..max.
MaybeError ReadCount(const Tape& tape, std::string_view key, int64_t max, uint32_t* out) {
  const Node* node = tape.Find(tape.root(), key);
  if (node == nullptr || node->kind == Kind::kNull) return std::nullopt;
  const int64_t value = tape.Integer(*node);
  if (value < 0 || value > max) return WrongType(key, base::StrCat("a whole number from 0 to ", max));
  *out = static_cast<uint32_t>(value);
  return std::nullopt;
}

MaybeError ReadModel(const Tape& tape, RequestFacts* facts) {
  const Node* model = tape.Find(tape.root(), "model");
  if (model == nullptr) return std::nullopt;
  if (model->kind != Kind::kString) return WrongType("model", "a string");
  if (model->end - model->begin > kMaxModelBytes) {
    return InvalidRequest("invalid_value", base::StrCat("`model` is longer than ", kMaxModelBytes, " bytes"),
                          "model");
  }
  std::string scratch;
  facts->model = tape.String(*model, &scratch);
  facts->model_begin = model->begin;
  facts->model_end = model->end;
  return std::nullopt;
}

MaybeError ReadStream(const Tape& tape, RequestFacts* facts) {
  const Node* stream = tape.Find(tape.root(), "stream");
  if (stream == nullptr || stream->kind == Kind::kNull) return std::nullopt;
  if (stream->kind != Kind::kTrue && stream->kind != Kind::kFalse)
    return WrongType("stream", "true or false");
  facts->stream = stream->kind == Kind::kTrue;
  return std::nullopt;
}

MaybeError CheckRequired(const Tape& tape, router::Operation operation, const RequestLimits& limits) {
  if (operation == router::Operation::kChatCompletions) return CheckMessages(tape, limits);
  const std::string_view key = operation == router::Operation::kFimCompletions ? "prompt" : "input";
  if (tape.Find(tape.root(), key) == nullptr) {
    return InvalidRequest("missing_field", base::StrCat("`", key, "` is missing"), key);
  }
  return std::nullopt;
}

MaybeError ReadFacts(const Tape& tape, RequestFacts* facts) {
  if (MaybeError error = ReadModel(tape, facts)) return error;
  if (MaybeError error = ReadStream(tape, facts)) return error;
  if (MaybeError error = ReadCount(tape, "n", kMaxChoices, &facts->choices)) return error;
  for (std::string_view key : {"max_tokens", "max_completion_tokens"}) {
    uint32_t tokens = 0;
    if (MaybeError error = ReadCount(tape, key, INT32_MAX, &tokens)) return error;
    facts->max_output_tokens = std::max(facts->max_output_tokens, tokens);
  }
  if (const Node* options = tape.Find(tape.root(), "stream_options")) {
    const Node* usage = tape.Find(*options, "include_usage");
    facts->include_usage = usage != nullptr && usage->kind == Kind::kTrue;
  }
  const Node* user = tape.Find(tape.root(), "user");
  if (user != nullptr && user->kind == Kind::kString) {
    std::string scratch;
    facts->user = tape.String(*user, &scratch).substr(0, kMaxModelBytes);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ApiError> ParseRequest(router::Operation operation, std::string_view body,
                                     const RequestLimits& limits, Tape* tape, RequestFacts* facts) {
  facts->operation = operation;
  if (body.empty()) return InvalidRequest("empty_body", "the request has no body: send a JSON object");
  const absl::Status status = tape->Parse(body, {.max_depth = limits.max_json_depth});
  if (!status.ok()) return ParseError(status);
  if (tape->root().kind != Kind::kObject) {
    return InvalidRequest("invalid_json", "the request body must be a JSON object");
  }
  if (MaybeError error = CheckDuplicates(*tape)) return error;
  if (MaybeError error = ReadFacts(*tape, facts)) return error;
  return CheckRequired(*tape, operation, limits);
}

uint32_t EstimateTokens(uint64_t text_bytes, uint64_t messages) {
  return static_cast<uint32_t>(std::min<uint64_t>(text_bytes / 4 + messages * 4, UINT32_MAX));
}

}  // namespace portcullis::edge
