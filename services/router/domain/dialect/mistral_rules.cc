#include "services/router/domain/dialect/mistral_rules.h"

#include <charconv>
#include <string>

#include "services/router/domain/dialect/rule_tests.h"
#include "services/router/domain/dialect/tool_call_id.h"

namespace portcullis::router {
namespace {

using json::Kind;
using json::Node;
using A = RuleAction;

constexpr double kMaxTemperature = 1.5;
constexpr std::string_view kAuto = "auto";
constexpr std::string_view kStandardOnly = "standard_only";
constexpr std::string_view kDefault = "default";
constexpr std::string_view kDeveloper = "developer";
constexpr std::string_view kFunctionRole = "function";
constexpr std::string_view kRefusalType = "refusal";
constexpr std::string_view kRequired = "required";
constexpr std::string_view kCustom = "custom";

const Node* Field(const RuleContext& context, std::string_view key) {
  return context.tape.Find(context.object, key);
}

bool HasMaxTokens(const RuleContext& context, const Node*) { return Field(context, "max_tokens") != nullptr; }
bool HasRandomSeed(const RuleContext& context, const Node*) {
  return Field(context, "random_seed") != nullptr;
}

bool TooHot(const RuleContext& context, const Node* member) {
  if (member == nullptr || member->kind != Kind::kNumber) return false;
  const std::string_view raw = context.tape.Raw(*member);
  double value = 0;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value > kMaxTemperature;
}

// An object of another type than the one that Mistral has.
bool IsForeignChoice(const RuleContext& context, const Node* member) {
  if (!IsObject(context, member)) return false;
  const Node* type = context.tape.Find(*member, "type");
  return type != nullptr && !IsText(context, type, kFunctionRole);
}

bool IsTextOnly(const RuleContext& context, const Node* member) {
  if (!IsArray(context, member)) return IsNull(context, member);
  for (const Node& element : context.tape.Children(*member)) {
    if (!IsText(context, &element, "text")) return false;
  }
  return true;
}

bool HasParts(const RuleContext& context, const Node* member) {
  if (!IsObject(context, member)) return false;
  return IsArray(context, context.tape.Find(*member, "content"));
}

bool IsTokens(const RuleContext& context, const Node* member) {
  if (!IsArray(context, member)) return false;
  for (const Node& element : context.tape.Children(*member)) return element.kind != Kind::kString;
  return false;
}

bool IsForeignId(const RuleContext& context, const Node* member) {
  if (member == nullptr || member->kind != Kind::kString) return false;
  std::string scratch;
  return !IsMistralToolCallId(context.tape.String(*member, &scratch));
}

bool IsOfTool(const RuleContext& context, const Node*) {
  return IsText(context, Field(context, "role"), "tool");
}

bool IsAbsent(const RuleContext& context, std::string_view key) {
  const Node* member = Field(context, key);
  return member == nullptr || IsEmptyOrNull(context, member);
}

bool IsPrefix(const RuleContext& context, const Node* member) {
  return member == nullptr && context.last && IsText(context, Field(context, "role"), "assistant") &&
         IsAbsent(context, "tool_calls");
}

bool HasRefusal(const RuleContext& context) {
  const Node* refusal = Field(context, "refusal");
  return refusal != nullptr && refusal->kind == Kind::kString;
}
bool NullBesideRefusal(const RuleContext& context, const Node* member) {
  return IsNull(context, member) && HasRefusal(context);
}
bool IsOnlyRefusal(const RuleContext& context, const Node*) {
  return HasRefusal(context) && IsAbsent(context, "content");
}

constexpr std::string_view kNoNull = "Mistral takes the field or nothing";
constexpr std::string_view kAsItIs = "Mistral has the same field";
constexpr std::string_view kHidden = "it is for OpenAI's own records";

constexpr RewriteRule kChat[] = {
    {"max_completion_tokens", IsNull, "null", A::kRemove, "", kNoNull},
    {"max_completion_tokens", HasMaxTokens, "beside `max_tokens`", A::kSmaller, "max_tokens",
     "Mistral has one limit"},
    {"max_completion_tokens", Always, "", A::kRename, "max_tokens", "Mistral's name"},
    {"max_tokens", Always, "", A::kKeep, "", kAsItIs},
    {"seed", IsNull, "null", A::kRemove, "", kNoNull},
    {"seed", HasRandomSeed, "beside `random_seed`", A::kRemove, "", "Mistral's own field goes before"},
    {"seed", Always, "", A::kPositive, "random_seed", "Mistral's name; it takes no negative numbers"},
    {"tool_choice", Is<kRequired>, "`\"required\"`", A::kReplace, "\"any\"",
     "Mistral's word, known to all its models"},
    {"tool_choice", IsNull, "null", A::kRemove, "", kNoNull},
    {"tool_choice", IsForeignChoice, "an object whose `type` is not `function`", A::kUnsupported, "",
     "Mistral can be made to call one function, any, or none"},
    {"tools", Always, "", A::kKeep, "", kAsItIs},
    {"stream_options", Always, "", A::kRemove, "",
     "Mistral always tells the usage in the last event; the gateway shows it as asked for"},
    {"stream", IsNull, "null", A::kRemove, "", kNoNull},
    {"parallel_tool_calls", IsNull, "null", A::kRemove, "", kNoNull},
    {"parallel_tool_calls", Always, "", A::kKeep, "", kAsItIs},
    {"logprobs", Always, "", A::kKeep, "", kAsItIs},
    {"top_logprobs", Always, "", A::kKeep, "", kAsItIs},
    {"metadata", Always, "", A::kKeep, "", kAsItIs},
    {"n", Always, "", A::kKeep, "", kAsItIs},
    {"stop", Always, "", A::kKeep, "", kAsItIs},
    {"top_p", Always, "", A::kKeep, "", kAsItIs},
    {"presence_penalty", Always, "", A::kKeep, "", kAsItIs},
    {"frequency_penalty", Always, "", A::kKeep, "", kAsItIs},
    {"reasoning_effort", Always, "", A::kKeep, "", kAsItIs},
    {"prompt_cache_key", Always, "", A::kKeep, "", kAsItIs},
    {"temperature", TooHot, "above 1.5", A::kClamp, "1.5", "Mistral's greatest temperature is 1.5"},
    {"temperature", Always, "", A::kKeep, "", kAsItIs},
    {"response_format", IsNull, "null", A::kRemove, "", kNoNull},
    {"response_format", Always, "", A::kKeep, "", kAsItIs},
    {"prediction", IsNull, "null", A::kRemove, "", kNoNull},
    {"prediction", HasParts, "with an array as `content`", A::kUnsupported, "",
     "Mistral takes predictions as one text"},
    {"prediction", Always, "", A::kKeep, "", kAsItIs},
    {"user", Always, "", A::kRemove, "", "the gateway's audit record keeps it"},
    {"store", IsFalseOrNull, "false or null", A::kRemove, "", "Mistral stores nothing for later retrieval"},
    {"store", Always, "", A::kDrop, "", kHidden},
    {"safety_identifier", Always, "", A::kDrop, "", kHidden},
    {"prompt_cache_retention", Always, "", A::kDrop, "", "Mistral decides itself how long it keeps a prompt"},
    {"service_tier", Is<kDefault>, "`\"default\"`", A::kReplace, "\"standard_only\"", "Mistral's word"},
    {"service_tier", Is<kAuto>, "`\"auto\"`", A::kKeep, "", kAsItIs},
    {"service_tier", Is<kStandardOnly>, "`\"standard_only\"`", A::kKeep, "", "Mistral's own word"},
    {"service_tier", IsNull, "null", A::kKeep, "", kAsItIs},
    {"service_tier", Always, "", A::kDrop, "", "Mistral has no such tier"},
    {"verbosity", IsNull, "null", A::kRemove, "", kNoNull},
    {"verbosity", Always, "", A::kUnsupported, "", "Mistral has no such control; say it in the prompt"},
    {"web_search_options", IsNull, "null", A::kRemove, "", kNoNull},
    {"web_search_options", Always, "", A::kUnsupported, "", "Mistral's chat completions do not search"},
    {"modalities", IsTextOnly, "`[\"text\"]` or null", A::kRemove, "", "Mistral answers in text"},
    {"modalities", Always, "", A::kUnsupported, "", "Mistral's chat completions answer in text only"},
    {"audio", IsNull, "null", A::kRemove, "", kNoNull},
    {"audio", Always, "", A::kUnsupported, "", "Mistral's chat completions answer in text only"},
    {"logit_bias", IsEmptyOrNull, "empty or null", A::kRemove, "", "it changes nothing"},
    {"logit_bias", Always, "", A::kUnsupported, "", "Mistral cannot bias tokens, and its tokens are others"},
    {"functions", IsEmptyOrNull, "empty or null", A::kRemove, "", "it changes nothing"},
    {"functions", Always, "", A::kImpossible, "", "the form is deprecated; use `tools`"},
    {"function_call", IsNull, "null", A::kRemove, "", kNoNull},
    {"function_call", Always, "", A::kImpossible, "", "the form is deprecated; use `tool_choice`"},
};

constexpr RewriteRule kFim[] = {
    {"max_completion_tokens", IsNull, "null", A::kRemove, "", kNoNull},
    {"max_completion_tokens", HasMaxTokens, "beside `max_tokens`", A::kSmaller, "max_tokens",
     "Mistral has one limit"},
    {"max_completion_tokens", Always, "", A::kRename, "max_tokens", "Mistral's name"},
    {"seed", IsNull, "null", A::kRemove, "", kNoNull},
    {"seed", HasRandomSeed, "beside `random_seed`", A::kRemove, "", "Mistral's own field goes before"},
    {"seed", Always, "", A::kPositive, "random_seed", "Mistral's name; it takes no negative numbers"},
    {"stream", IsNull, "null", A::kRemove, "", kNoNull},
    {"stream_options", Always, "", A::kRemove, "", "Mistral always tells the usage in the last event"},
    {"temperature", TooHot, "above 1.5", A::kClamp, "1.5", "Mistral's greatest temperature is 1.5"},
    {"user", Always, "", A::kRemove, "", "the gateway's audit record keeps it"},
};

constexpr RewriteRule kEmbeddings[] = {
    {"dimensions", IsNull, "null", A::kRemove, "", kNoNull},
    {"dimensions", Always, "", A::kRename, "output_dimension", "Mistral's name"},
    {"encoding_format", IsNull, "null", A::kRemove, "", kNoNull},
    {"encoding_format", Always, "", A::kKeep, "", kAsItIs},
    {"input", IsTokens, "an array of tokens", A::kImpossible, "", "its tokens are not OpenAI's; send text"},
    {"user", Always, "", A::kRemove, "", "the gateway's audit record keeps it"},
};

constexpr RewriteRule kMessage[] = {
    {"role", Is<kDeveloper>, "`\"developer\"`", A::kReplace, "\"system\"", "Mistral's word"},
    {"role", Is<kFunctionRole>, "`\"function\"`", A::kImpossible, "",
     "the form is deprecated; use the role `tool`"},
    {"prefix", IsPrefix, "absent, in the last message, of the assistant, without tool calls", A::kInsert,
     "true", "Mistral goes on with an assistant's message only when told"},
    {"tool_call_id", IsForeignId, "not 9 letters and digits", A::kMapToolCallId, "",
     "the same 9 characters as in the call"},
    {"tool_calls", IsEmptyOrNull, "empty or null", A::kRemove, "", "it changes nothing"},
    {"name", IsOfTool, "in a message of a tool", A::kKeep, "", kAsItIs},
    {"name", IsNull, "null", A::kRemove, "", kNoNull},
    {"name", Always, "", A::kDrop, "", "Mistral's messages have no names"},
    {"content", NullBesideRefusal, "null, beside `refusal`", A::kRemove, "", "the refusal is the content"},
    {"refusal", IsNull, "null", A::kRemove, "", kNoNull},
    {"refusal", IsOnlyRefusal, "without `content`", A::kRename, "content", "to Mistral it is what was said"},
    {"refusal", Always, "", A::kDrop, "", "the message has a content"},
    {"annotations", Always, "", A::kRemove, "", "they repeat the content"},
    {"audio", IsNull, "null", A::kRemove, "", kNoNull},
    {"audio", Always, "", A::kUnsupported, "", "it is known to OpenAI alone; send its text"},
    {"function_call", IsNull, "null", A::kRemove, "", kNoNull},
    {"function_call", Always, "", A::kImpossible, "", "the form is deprecated; use `tool_calls`"},
    {"reasoning_content", Always, "", A::kDrop, "", "Mistral's messages have no such field"},
};

constexpr RewriteRule kPart[] = {
    {"type", Is<kRefusalType>, "`\"refusal\"`", A::kReplace, "\"text\"", "to Mistral it is what was said"},
    {"refusal", Always, "", A::kRename, "text", "to Mistral it is what was said"},
    {"input_audio", IsObject, "an object", A::kUnwrap, "data", "Mistral takes the data alone"},
    {"file", Always, "", A::kImpossible, "",
     "files of OpenAI are unknown to Mistral; send a `document_url` part"},
};

constexpr RewriteRule kToolCall[] = {
    {"id", IsForeignId, "not 9 letters and digits", A::kMapToolCallId, "",
     "Mistral refuses other ids; its own pass as they are"},
    {"type", Is<kCustom>, "`\"custom\"`", A::kImpossible, "", "Mistral has functions only"},
};

constexpr RewriteRule kTool[] = {
    {"type", Is<kCustom>, "`\"custom\"`", A::kImpossible, "", "Mistral has functions only"},
};

constexpr RewriteRule kFunction[] = {
    {"parameters", Missing, "absent", A::kInsert, R"({"type":"object","properties":{}})",
     "Mistral demands the field"},
    {"parameters", IsNull, "null", A::kReplace, R"({"type":"object","properties":{}})",
     "Mistral demands the field"},
    {"description", IsNull, "null", A::kRemove, "", kNoNull},
    {"strict", IsNull, "null", A::kRemove, "", kNoNull},
};

constexpr RuleBook kBook = {{kChat, kFim, kEmbeddings, kMessage, kPart, kToolCall, kTool, kFunction}};

}  // namespace

const RuleBook& MistralRules() { return kBook; }

}  // namespace portcullis::router
