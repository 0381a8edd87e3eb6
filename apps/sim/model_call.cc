#include "apps/sim/model_call.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "apps/sim/text.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

constexpr int64_t kMaxChoices = 128;
constexpr int64_t kTokensPerMessage = 3;

const json::value* Member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string_view StringMember(const json::object& object, std::string_view key) {
  const json::value* value = Member(object, key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool BoolMember(const json::object& object, std::string_view key) {
  const json::value* value = Member(object, key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<int64_t> IntegerMember(const json::object& object, std::string_view key) {
  const json::value* value = Member(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<int64_t>(error);
  return error ? std::nullopt : std::optional(number);
}

const json::array* ArrayMember(const json::object& object, std::string_view key) {
  const json::value* value = Member(object, key);
  return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

const json::object* ObjectMember(const json::object& object, std::string_view key) {
  const json::value* value = Member(object, key);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

void ReadTools(const json::object& body, ModelCall& call) {
  if (const json::array* tools = ArrayMember(body, "tools")) {
    for (const json::value& tool : *tools) {
      const json::object* function = tool.is_object() ? ObjectMember(tool.get_object(), "function") : nullptr;
      if (function == nullptr) continue;
      call.tools.push_back({StringMember(*function, "name"), Member(*function, "parameters")});
      call.prompt_tokens += CountTokens(json::serialize(*function));
    }
  }
  const std::string_view choice = StringMember(body, "tool_choice");
  call.tool_forced = choice == "any" || choice == "required";
  if (const json::object* named = ObjectMember(body, "tool_choice")) {
    call.tool_forced = true;
    if (const json::object* function = ObjectMember(*named, "function")) {
      call.forced_tool = StringMember(*function, "name");
    }
  }
}

void ReadFormat(const json::object& body, ModelCall& call) {
  const json::object* format = ObjectMember(body, "response_format");
  if (format == nullptr) return;
  const std::string_view type = StringMember(*format, "type");
  if (type == "json_object") call.format = Format::kJsonObject;
  if (type != "json_schema") return;
  call.format = Format::kJsonSchema;
  if (const json::object* named = ObjectMember(*format, "json_schema"))
    call.schema = Member(*named, "schema");
}

void ReadStop(const json::object& body, ModelCall& call) {
  if (const std::string_view stop = StringMember(body, "stop"); !stop.empty()) call.stop.emplace_back(stop);
  if (const json::array* stops = ArrayMember(body, "stop")) {
    for (const json::value& stop : *stops) {
      if (stop.is_string() && !stop.get_string().empty()) call.stop.emplace_back(stop.get_string());
    }
  }
}

void ReadCommon(const json::object& body, ModelCall& call) {
  call.model = StringMember(body, "model");
  call.stream = BoolMember(body, "stream");
  call.max_tokens = IntegerMember(body, "max_completion_tokens");
  if (!call.max_tokens) call.max_tokens = IntegerMember(body, "max_tokens");
  ReadStop(body, call);
}

int64_t TokensOf(const json::object& message) {
  int64_t tokens = kTokensPerMessage;
  if (const json::value* content = Member(message, "content")) tokens += CountTokens(TextOf(*content));
  if (const json::value* calls = Member(message, "tool_calls"))
    tokens += CountTokens(json::serialize(*calls));
  return tokens;
}

const json::object* LastUser(const json::array& messages) {
  for (auto it = messages.rbegin(); it != messages.rend(); ++it) {
    const json::object* message = it->if_object();
    if (message != nullptr && StringMember(*message, "role") == "user") return message;
  }
  return nullptr;
}

void ReadMessages(const json::array& messages, ModelCall& call) {
  call.messages = messages.size();
  for (const json::value& message : messages) call.prompt_tokens += TokensOf(message.get_object());
  const json::object* user = LastUser(messages);
  const json::value* content = user == nullptr ? nullptr : Member(*user, "content");
  if (content != nullptr) call.last_user = TextOf(*content);
  const json::object& last = messages.back().get_object();
  const json::value* last_content = Member(last, "content");
  if (last_content == nullptr) return;
  const std::string_view role = StringMember(last, "role");
  call.after_tool = role == "tool";
  if (call.after_tool) call.last_result = TextOf(*last_content);
  if (role == "assistant" && BoolMember(last, "prefix")) call.prefix = TextOf(*last_content);
}

}  // namespace

std::string TextOf(const json::value& content) {
  if (content.is_string()) return std::string(content.get_string());
  std::string text;
  if (!content.is_array()) return text;
  for (const json::value& part : content.get_array()) {
    if (part.is_object()) text += StringMember(part.get_object(), "text");
  }
  return text;
}

ModelCall ReadChatCall(const json::object& body) {
  ModelCall call;
  ReadCommon(body, call);
  ReadTools(body, call);
  ReadFormat(body, call);
  call.choices = static_cast<int>(std::clamp<int64_t>(IntegerMember(body, "n").value_or(1), 1, kMaxChoices));
  if (const json::object* options = ObjectMember(body, "stream_options")) {
    call.include_usage = BoolMember(*options, "include_usage");
  }
  if (const json::array* messages = ArrayMember(body, "messages");
      messages != nullptr && !messages->empty()) {
    ReadMessages(*messages, call);
  }
  return call;
}

ModelCall ReadFimCall(const json::object& body) {
  ModelCall call;
  ReadCommon(body, call);
  call.last_user = StringMember(body, "prompt");
  call.messages = 1;
  call.prompt_tokens = CountTokens(call.last_user) + CountTokens(StringMember(body, "suffix"));
  return call;
}

CallHint ReadHint(const json::value& body) {
  CallHint hint;
  const json::object* object = body.if_object();
  if (object == nullptr) return hint;
  hint.model = StringMember(*object, "model");
  if (const json::array* messages = ArrayMember(*object, "messages")) {
    const json::object* user = LastUser(*messages);
    const json::value* content = user == nullptr ? nullptr : Member(*user, "content");
    if (content != nullptr) hint.last_user = TextOf(*content);
  } else {
    for (const std::string_view key : {"prompt", "input"}) {
      if (const std::string_view text = StringMember(*object, key); !text.empty()) hint.last_user = text;
    }
  }
  return hint;
}

}  // namespace portcullis::sim
