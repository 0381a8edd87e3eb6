// Mistral's rules about the sequence of messages and about tool calls.
#include <algorithm>
#include <string>

#include "apps/sim/request_schema.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

constexpr size_t kToolCallIdLength = 9;
constexpr size_t kMaxFunctionName = 64;

ApiError OrderError(std::string_view message) {
  return MakeError(Provider::kMistral, 400, message, "invalid_request_message_order", "3230");
}

ApiError FunctionCallError(std::string_view message) {
  return MakeError(Provider::kMistral, 400, message, "invalid_function_call", "3280");
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string_view StringMember(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

const json::array* ToolCallsOf(const json::object& message) {
  const json::value* calls = message.if_contains("tool_calls");
  return calls != nullptr && calls->is_array() && !calls->get_array().empty() ? &calls->get_array() : nullptr;
}

bool IsPrefix(const json::object& message) {
  const json::value* prefix = message.if_contains("prefix");
  return prefix != nullptr && prefix->is_bool() && prefix->get_bool();
}

bool HasContent(const json::object& message) {
  const json::value* content = message.if_contains("content");
  if (content == nullptr || content->is_null()) return false;
  return content->is_string() ? !content->get_string().empty() : !content->get_array().empty();
}

bool MayFollow(std::string_view role, std::string_view previous) {
  if (previous == "system") return role == "user" || role == "assistant" || role == "system";
  if (previous == "user") return role == "assistant" || role == "system" || role == "user";
  if (previous == "assistant") return role == "assistant" || role == "user" || role == "tool";
  return role == "assistant" || role == "tool";
}

std::optional<ApiError> CheckToolCallId(std::string_view id) {
  if (id.empty() || id == "null") return FunctionCallError("Tool call id has to be defined.");
  if (id.size() == kToolCallIdLength && std::all_of(id.begin(), id.end(), IsAlphanumeric))
    return std::nullopt;
  return FunctionCallError(
      base::StrCat("Tool call id was ", id, " but must be a-z, A-Z, 0-9, with a length of 9."));
}

std::optional<ApiError> CheckFunctionName(std::string_view name) {
  const auto fits = [](char c) { return IsAlphanumeric(c) || c == '_' || c == '-'; };
  if (!name.empty() && name.size() <= kMaxFunctionName && std::all_of(name.begin(), name.end(), fits)) {
    return std::nullopt;
  }
  return FunctionCallError(
      base::StrCat("Function name was ", name,
                   " but must be a-z, A-Z, 0-9, or contain underscores and dashes, with a "
                   "maximum length of 64."));
}

// Walks the messages and keeps what the next one must fit to.
class OrderCheck {
 public:
  std::optional<ApiError> Next(const json::object& message, bool last) {
    const std::string_view role = StringMember(message, "role");
    if (previous_.empty() && role == "tool") return OrderError("Unexpected role 'tool' as first message");
    if (!previous_.empty() && !MayFollow(role, previous_)) return Unexpected(role);
    std::optional<ApiError> error = role == "tool"        ? Tool(message)
                                    : role == "assistant" ? Assistant(message, last)
                                                          : CheckAnswered();
    if (error) return error;
    previous_ = role;
    return last ? Last(message) : std::nullopt;
  }

 private:
  std::optional<ApiError> Unexpected(std::string_view role) const {
    return OrderError(base::StrCat("Unexpected role '", role, "' after role '", previous_, "'"));
  }

  std::optional<ApiError> CheckAnswered() const {
    if (open_calls_ == 0) return std::nullopt;
    return OrderError("Not the same number of function calls and responses");
  }

  std::optional<ApiError> Tool(const json::object& message) {
    if (auto error = CheckToolCallId(StringMember(message, "tool_call_id"))) return error;
    if (calls_ == nullptr) return Unexpected("tool");
    if (open_calls_ == 0) return OrderError("Not the same number of function calls and responses");
    const std::string_view id = StringMember(message, "tool_call_id");
    const bool known = std::any_of(calls_->begin(), calls_->end(), [&](const json::value& call) {
      return StringMember(call.get_object(), "id") == id;
    });
    if (!known) return FunctionCallError(base::StrCat("Unexpected tool call id ", id, " in tool results"));
    --open_calls_;
    return std::nullopt;
  }

  std::optional<ApiError> Assistant(const json::object& message, bool last) {
    if (auto error = CheckAnswered()) return error;
    calls_ = ToolCallsOf(message);
    if (IsPrefix(message) && !last)
      return OrderError("Assistant message with prefix True must be last message");
    if (calls_ == nullptr) {
      if (HasContent(message)) return std::nullopt;
      return MakeError(Provider::kMistral, 400, "Assistant message must have either content or tool_calls.",
                       "invalid_request_assistant_message", "3240");
    }
    open_calls_ = calls_->size();
    for (const json::value& call : *calls_) {
      const json::object& object = call.get_object();
      if (auto error = CheckToolCallId(StringMember(object, "id"))) return error;
      if (auto error = CheckFunctionName(StringMember(object.at("function").get_object(), "name")))
        return error;
    }
    return std::nullopt;
  }

  std::optional<ApiError> Last(const json::object& message) const {
    if (previous_ == "user") return std::nullopt;
    if (previous_ == "tool") return CheckAnswered();
    if (previous_ == "assistant" && IsPrefix(message) && calls_ == nullptr) return std::nullopt;
    return OrderError(base::StrCat(
        "Expected last role User or Tool (or Assistant with prefix True) for serving but got ", previous_));
  }

  std::string_view previous_;
  const json::array* calls_ = nullptr;
  size_t open_calls_ = 0;
};

}  // namespace

std::optional<ApiError> CheckMessageOrder(const json::array& messages) {
  if (messages.empty()) return OrderError("Conversation must have at least one message");
  OrderCheck check;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (auto error = check.Next(messages[i].get_object(), i + 1 == messages.size())) return error;
  }
  return std::nullopt;
}

}  // namespace portcullis::sim
