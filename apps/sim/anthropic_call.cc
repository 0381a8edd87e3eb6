// A request of the Messages API as the simulator's own call.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "apps/sim/anthropic.h"
#include "apps/sim/text.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

std::string_view TextAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

const json::object* Last(const json::array& messages, std::string_view role) {
  for (auto it = messages.rbegin(); it != messages.rend(); ++it) {
    if (it->is_object() && TextAt(it->get_object(), "role") == role) return &it->get_object();
  }
  return nullptr;
}

// The text of the tool results of a message, and whether there are any.
bool ReadResults(const json::value& content, std::string* text) {
  bool found = false;
  if (!content.is_array()) return found;
  for (const json::value& block : content.get_array()) {
    if (!block.is_object() || TextAt(block.get_object(), "type") != "tool_result") continue;
    found = true;
    if (const json::value* inner = block.get_object().if_contains("content")) *text += TextOf(*inner);
  }
  return found;
}

// The last message of the user that has texts: results of tools have none.
std::string LastUserText(const json::array& messages) {
  for (auto it = messages.rbegin(); it != messages.rend(); ++it) {
    const json::object* message = it->if_object();
    if (message == nullptr || TextAt(*message, "role") != "user") continue;
    const json::value* content = message->if_contains("content");
    std::string text = content != nullptr ? TextOf(*content) : std::string();
    if (!text.empty()) return text;
  }
  return "";
}

void ReadTools(const json::object& body, ModelCall& call) {
  if (const json::value* tools = body.if_contains("tools")) {
    for (const json::value& tool : tools->get_array()) {
      call.tools.push_back(
          {TextAt(tool.get_object(), "name"), tool.get_object().if_contains("input_schema")});
      call.prompt_tokens += CountTokens(json::serialize(tool));
    }
  }
  const json::value* choice = body.if_contains("tool_choice");
  if (choice == nullptr) return;
  const std::string_view type = TextAt(choice->get_object(), "type");
  call.tool_forced = type == "any" || type == "tool";
  if (type == "tool") call.forced_tool = TextAt(choice->get_object(), "name");
}

void ReadFormat(const json::object& body, ModelCall& call) {
  const json::value* config = body.if_contains("output_config");
  const json::value* format = config != nullptr ? config->get_object().if_contains("format") : nullptr;
  if (format == nullptr) return;
  call.format = Format::kJsonSchema;
  call.schema = format->get_object().if_contains("schema");
}

}  // namespace

ModelCall ReadAnthropicCall(const json::object& body) {
  ModelCall call;
  call.model = TextAt(body, "model");
  call.max_tokens = body.at("max_tokens").to_number<int64_t>();
  const json::value* stream = body.if_contains("stream");
  call.stream = stream != nullptr && stream->get_bool();
  if (const json::value* stops = body.if_contains("stop_sequences")) {
    for (const json::value& stop : stops->get_array()) call.stop.emplace_back(stop.get_string());
  }
  ReadTools(body, call);
  ReadFormat(body, call);
  if (const json::value* system = body.if_contains("system"))
    call.prompt_tokens += CountTokens(TextOf(*system));
  const json::array& messages = body.at("messages").get_array();
  call.messages = messages.size();
  for (const json::value& message : messages) {
    call.prompt_tokens += 3 + CountTokens(TextOf(message.at("content")));
  }
  call.last_user = LastUserText(messages);
  if (const json::object* user = Last(messages, "user")) {
    call.after_tool = ReadResults(user->at("content"), &call.last_result);
  }
  const json::object& last = messages.back().get_object();
  if (TextAt(last, "role") == "assistant") call.prefix = TextOf(last.at("content"));
  return call;
}

CallHint ReadAnthropicHint(const json::value& body) {
  CallHint hint;
  if (!body.is_object()) return hint;
  hint.model = TextAt(body.get_object(), "model");
  const json::value* messages = body.get_object().if_contains("messages");
  if (messages != nullptr && messages->is_array()) hint.last_user = LastUserText(messages->get_array());
  return hint;
}

}  // namespace portcullis::sim
