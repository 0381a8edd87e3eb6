// What the simulator takes from the body of a chat or FIM call.
//
// Read after CheckRequest accepted the body; absent and null fields take their defaults. Pointers and views
// lead into the document and the last user message is a copy, because it may be joined from parts.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/sim/request_schema.h"

namespace portcullis::sim {

enum class Format : uint8_t { kText, kJsonObject, kJsonSchema };

struct ToolSpec {
  std::string_view name;
  const boost::json::value* parameters = nullptr;  // may be null
};

struct ModelCall {
  std::string model;
  std::string last_user;    // the last user message, or the prompt of a FIM call
  std::string last_result;  // the content of the last message when it is a tool's
  std::string prefix;       // what Mistral's assistant prefix demands the answer to start with
  std::vector<ToolSpec> tools;
  std::vector<std::string> stop;
  std::string_view forced_tool;                // the name, when tool_choice gives one
  const boost::json::value* schema = nullptr;  // of response_format json_schema
  std::optional<int64_t> max_tokens;
  int64_t prompt_tokens = 0;
  size_t messages = 0;
  int choices = 1;
  Format format = Format::kText;
  bool stream = false;
  bool include_usage = false;
  bool after_tool = false;   // the last message is a tool's
  bool tool_forced = false;  // tool_choice wants a call
};

// The joined text of a message's content: a string, or a list of parts with `text`.
std::string TextOf(const boost::json::value& content);

ModelCall ReadChatCall(const boost::json::object& body);
ModelCall ReadFimCall(const boost::json::object& body);

// The last user message (or prompt) and the model of a body that nobody checked yet; empty when there are
// none.
struct CallHint {
  std::string last_user;
  std::string model;
};
CallHint ReadHint(const boost::json::value& body);

}  // namespace portcullis::sim
