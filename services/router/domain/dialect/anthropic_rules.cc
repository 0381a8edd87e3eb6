#include "services/router/domain/dialect/anthropic_rules.h"

#include <charconv>

#include "services/router/domain/dialect/rule_tests.h"

namespace portcullis::router {
namespace {

using json::Kind;
using json::Node;
using A = RuleAction;

constexpr std::string_view kAuto = "auto";
constexpr std::string_view kStandardOnly = "standard_only";
constexpr std::string_view kDefault = "default";
constexpr std::string_view kCustom = "custom";
constexpr std::string_view kFunctionRole = "function";

bool HasMaxTokens(const RuleContext& context, const Node*) {
  return context.tape.Find(context.object, "max_tokens") != nullptr;
}

bool HasUser(const RuleContext& context, const Node*) {
  return context.tape.Find(context.object, "user") != nullptr;
}

bool AboveOne(const RuleContext& context, const Node* member) {
  if (member == nullptr || member->kind != Kind::kNumber) return false;
  const std::string_view raw = context.tape.Raw(*member);
  double value = 0;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value > 1;
}

bool IsOneOrNull(const RuleContext& context, const Node* member) {
  return IsNull(context, member) || (member != nullptr && context.tape.Integer(*member) == 1);
}

bool IsPlainText(const RuleContext& context, const Node* member) {
  if (!IsObject(context, member)) return IsNull(context, member);
  return IsText(context, context.tape.Find(*member, "type"), "text");
}

bool IsJsonSchema(const RuleContext& context, const Node* member) {
  return IsObject(context, member) && IsText(context, context.tape.Find(*member, "type"), "json_schema");
}

bool IsTextOnly(const RuleContext& context, const Node* member) {
  if (!IsArray(context, member)) return IsNull(context, member);
  for (const Node& element : context.tape.Children(*member)) {
    if (!IsText(context, &element, "text")) return false;
  }
  return true;
}

bool IsForeignChoice(const RuleContext& context, const Node* member) {
  if (!IsObject(context, member)) return false;
  return !IsText(context, context.tape.Find(*member, "type"), kFunctionRole);
}

constexpr std::string_view kNoNull = "it says nothing";
constexpr std::string_view kNoSuch = "Anthropic has no such control";
constexpr std::string_view kTranslated = "translated";
constexpr std::string_view kHidden = "it is for OpenAI's own records";

constexpr RewriteRule kChat[] = {
    {"max_completion_tokens", IsNull, "null", A::kRemove, "", kNoNull},
    {"max_completion_tokens", HasMaxTokens, "beside `max_tokens`", A::kSmaller, "max_tokens",
     "Anthropic has one limit"},
    {"max_completion_tokens", Always, "", A::kRename, "max_tokens", "Anthropic's name"},
    {"max_tokens", IsNull, "null", A::kRemove, "", "the target's `default_max_tokens` is sent"},
    {"temperature", IsNull, "null", A::kRemove, "", kNoNull},
    {"temperature", AboveOne, "above 1", A::kReplace, "1", "Anthropic's greatest temperature is 1"},
    {"top_p", IsNull, "null", A::kRemove, "", kNoNull},
    {"stop", IsEmptyOrNull, "empty or null", A::kRemove, "", kNoNull},
    {"stream", IsNull, "null", A::kRemove, "", kNoNull},
    {"stream_options", Always, "", A::kRemove, "",
     "Anthropic always tells the usage; the gateway shows it as asked for"},
    {"n", IsOneOrNull, "1 or null", A::kRemove, "", "Anthropic gives one answer"},
    {"n", Always, "", A::kUnsupported, "", "Anthropic gives one answer to a request"},
    {"seed", IsNull, "null", A::kRemove, "", kNoNull},
    {"seed", Always, "", A::kDrop, "", "Anthropic takes no seed, and OpenAI's is no promise either"},
    {"logprobs", IsFalseOrNull, "false or null", A::kRemove, "", kNoNull},
    {"logprobs", Always, "", A::kUnsupported, "", "Anthropic gives no probabilities"},
    {"top_logprobs", IsZeroOrNull, "0 or null", A::kRemove, "", kNoNull},
    {"top_logprobs", Always, "", A::kUnsupported, "", "Anthropic gives no probabilities"},
    {"logit_bias", IsEmptyOrNull, "empty or null", A::kRemove, "", kNoNull},
    {"logit_bias", Always, "", A::kUnsupported, "", kNoSuch},
    {"presence_penalty", IsZeroOrNull, "0 or null", A::kRemove, "", kNoNull},
    {"presence_penalty", Always, "", A::kUnsupported, "", kNoSuch},
    {"frequency_penalty", IsZeroOrNull, "0 or null", A::kRemove, "", kNoNull},
    {"frequency_penalty", Always, "", A::kUnsupported, "", kNoSuch},
    {"response_format", IsPlainText, "null or of type `text`", A::kRemove, "",
     "that is what Anthropic gives"},
    {"response_format", IsJsonSchema, "of type `json_schema`", A::kKeep, "",
     "its schema is sent as `output_config.format`, which Claude 4.5 and later keep to; what of JSON Schema "
     "Anthropic does not take, it refuses itself"},
    {"response_format", Always, "", A::kUnsupported, "",
     "Anthropic answers in JSON by a schema only: send one with `type: json_schema`"},
    {"reasoning_effort", IsNull, "null", A::kRemove, "", kNoNull},
    {"reasoning_effort", Always, "", A::kUnsupported, "",
     "Anthropic's models think by a budget; send Anthropic's own `thinking`"},
    {"prediction", IsNull, "null", A::kRemove, "", kNoNull},
    {"prediction", Always, "", A::kDrop, "", "it only makes OpenAI's answers faster"},
    {"verbosity", IsNull, "null", A::kRemove, "", kNoNull},
    {"verbosity", Always, "", A::kUnsupported, "", "Anthropic has no such control; say it in the prompt"},
    {"web_search_options", IsNull, "null", A::kRemove, "", kNoNull},
    {"web_search_options", Always, "", A::kUnsupported, "", "chat completions at Anthropic do not search"},
    {"modalities", IsTextOnly, "`[\"text\"]` or null", A::kRemove, "", "Anthropic answers in text"},
    {"modalities", Always, "", A::kUnsupported, "", "Anthropic answers in text only"},
    {"audio", IsNull, "null", A::kRemove, "", kNoNull},
    {"audio", Always, "", A::kUnsupported, "", "Anthropic answers in text only"},
    {"functions", IsEmptyOrNull, "empty or null", A::kRemove, "", kNoNull},
    {"functions", Always, "", A::kImpossible, "", "the form is deprecated; use `tools`"},
    {"function_call", IsNull, "null", A::kRemove, "", kNoNull},
    {"function_call", Always, "", A::kImpossible, "", "the form is deprecated; use `tool_choice`"},
    {"tool_choice", IsNull, "null", A::kRemove, "", kNoNull},
    {"tool_choice", IsForeignChoice, "an object whose `type` is not `function`", A::kUnsupported, "",
     "Anthropic can be made to call one function, any, or none"},
    {"tool_choice", Always, "", A::kKeep, "", kTranslated},
    {"tools", IsEmptyOrNull, "empty or null", A::kRemove, "", kNoNull},
    {"tools", Always, "", A::kKeep, "", kTranslated},
    {"parallel_tool_calls", Always, "", A::kKeep, "",
     "translated into `tool_choice.disable_parallel_tool_use`"},
    {"user", IsNull, "null", A::kRemove, "", kNoNull},
    {"user", Always, "", A::kKeep, "", "sent as `metadata.user_id`"},
    {"safety_identifier", HasUser, "beside `user`", A::kRemove, "", "`user` is sent"},
    {"safety_identifier", Always, "", A::kRename, "user", "sent as `metadata.user_id`"},
    {"metadata", IsEmptyOrNull, "empty or null", A::kRemove, "", kNoNull},
    {"metadata", Always, "", A::kDrop, "", kHidden},
    {"store", IsFalseOrNull, "false or null", A::kRemove, "", kNoNull},
    {"store", Always, "", A::kDrop, "", kHidden},
    {"prompt_cache_key", Always, "", A::kDrop, "", "Anthropic caches what `cache_control` marks"},
    {"prompt_cache_retention", Always, "", A::kDrop, "", "Anthropic caches what `cache_control` marks"},
    {"service_tier", IsNull, "null", A::kRemove, "", kNoNull},
    {"service_tier", Is<kAuto>, "`\"auto\"`", A::kKeep, "", "Anthropic has the same"},
    {"service_tier", Is<kStandardOnly>, "`\"standard_only\"`", A::kKeep, "", "Anthropic's own word"},
    {"service_tier", Is<kDefault>, "`\"default\"`", A::kReplace, "\"standard_only\"", "Anthropic's word"},
    {"service_tier", Always, "", A::kDrop, "", "Anthropic has no such tier"},
};

constexpr RewriteRule kMessage[] = {
    {"role", Is<kFunctionRole>, "`\"function\"`", A::kImpossible, "",
     "the form is deprecated; use the role `tool`"},
    {"name", IsNull, "null", A::kRemove, "", kNoNull},
    {"name", Always, "", A::kDrop, "", "Anthropic's messages have no names"},
    {"audio", IsNull, "null", A::kRemove, "", kNoNull},
    {"audio", Always, "", A::kUnsupported, "", "it is known to OpenAI alone; send its text"},
    {"function_call", IsNull, "null", A::kRemove, "", kNoNull},
    {"function_call", Always, "", A::kImpossible, "", "the form is deprecated; use `tool_calls`"},
    {"reasoning_content", Always, "", A::kDrop, "", "Anthropic takes back only thinking that it has signed"},
};

constexpr RewriteRule kPart[] = {
    {"input_audio", Always, "", A::kImpossible, "", "Anthropic does not hear; send text"},
};

constexpr RewriteRule kToolCall[] = {
    {"type", Is<kCustom>, "`\"custom\"`", A::kImpossible, "", "Anthropic has functions only"},
};

constexpr RewriteRule kTool[] = {
    {"type", Is<kCustom>, "`\"custom\"`", A::kImpossible, "", "Anthropic has functions only"},
};

constexpr RewriteRule kFunction[] = {
    {"strict", IsFalseOrNull, "false or null", A::kRemove, "", kNoNull},
    {"strict", Always, "", A::kDrop, "", "not every model of Anthropic's keeps to a tool's schema strictly"},
};

constexpr RuleBook kBook = {{kChat, {}, {}, kMessage, kPart, kToolCall, kTool, kFunction}};

}  // namespace

const RuleBook& AnthropicRules() { return kBook; }

}  // namespace portcullis::router
