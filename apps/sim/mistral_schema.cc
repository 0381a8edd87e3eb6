// Mistral's request models, top level and tools.
#include <limits>

#include "apps/sim/request_schema.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

using Value = json::value;

void String(Checker& c, const Value& v) { c.String(v); }
void Boolean(Checker& c, const Value& v) { c.Boolean(v); }
void Object(Checker& c, const Value& v) { c.Object(v); }
void Integer(Checker& c, const Value& v) { c.Integer(v); }
void Count(Checker& c, const Value& v) { c.Integer(v, 0); }
void Positive(Checker& c, const Value& v) { c.Integer(v, 1); }
void Temperature(Checker& c, const Value& v) { c.Number(v, 0, 1.5); }
void Fraction(Checker& c, const Value& v) { c.Number(v, 0, 1); }
void Penalty(Checker& c, const Value& v) { c.Number(v, -2, 2); }
void RepetitionPenalty(Checker& c, const Value& v) { c.Number(v, 0, std::numeric_limits<double>::max()); }
void Strings(Checker& c, const Value& v) { CheckEach(c, v, String); }

void StringOrStrings(Checker& c, const Value& v) {
  if (v.is_array()) {
    Strings(c, v);
  } else {
    c.String(v);
  }
}

void FunctionSpec(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {
      {"name", String, true}, {"parameters", Object, true}, {"description", String}, {"strict", Boolean}};
  CheckModel(c, v, kFields);
}

void ToolConfiguration(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"exclude", Strings, false, true},
                                      {"include", Strings, false, true},
                                      {"requires_confirmation", Strings, false, true}};
  CheckModel(c, v, kFields);
}

void Tool(Checker& c, const Value& v) {
  static constexpr auto kType = [](Checker& checker, const Value& type) {
    checker.OneOf(type, {"function", "image_generation", "document_library", "connector"});
  };
  static constexpr Field kFunction[] = {{"type", kType}, {"function", FunctionSpec, true}};
  static constexpr Field kImage[] = {{"type", kType}, {"tool_configuration", ToolConfiguration, false, true}};
  static constexpr Field kLibrary[] = {{"type", kType},
                                       {"library_ids", Strings, true},
                                       {"tool_configuration", ToolConfiguration, false, true}};
  static constexpr Field kConnector[] = {{"type", kType},
                                         {"connector_id", String, true},
                                         {"authorization", Object, false, true},
                                         {"tool_configuration", ToolConfiguration, false, true}};
  const Value* type = v.is_object() ? v.get_object().if_contains("type") : nullptr;
  const std::string_view name = type != nullptr && type->is_string() ? std::string_view(type->get_string())
                                                                     : std::string_view("function");
  if (name == "image_generation") return CheckModel(c, v, kImage);
  if (name == "document_library") return CheckModel(c, v, kLibrary);
  if (name == "connector") return CheckModel(c, v, kConnector);
  CheckModel(c, v, kFunction);
}

void Tools(Checker& c, const Value& v) { CheckEach(c, v, Tool); }

void FunctionName(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"name", String, true}};
  CheckModel(c, v, kFields);
}

void ToolChoice(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"type", String}, {"function", FunctionName, true}};
  if (v.is_object()) {
    CheckModel(c, v, kFields);
  } else {
    c.OneOf(v, {"auto", "none", "any", "required"});
  }
}

void JsonSchema(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"name", String, true},
                                      {"schema", Object, true},
                                      {"description", String, false, true},
                                      {"strict", Boolean}};
  CheckModel(c, v, kFields);
}

void ResponseFormat(Checker& c, const Value& v) {
  static constexpr auto kType = [](Checker& checker, const Value& type) {
    checker.OneOf(type, {"text", "json_object", "json_schema"});
  };
  static constexpr Field kFields[] = {{"type", kType}, {"json_schema", JsonSchema, false, true}};
  CheckModel(c, v, kFields);
}

void Prediction(Checker& c, const Value& v) {
  static constexpr auto kType = [](Checker& checker, const Value& type) { checker.OneOf(type, {"content"}); };
  static constexpr Field kFields[] = {{"type", kType}, {"content", String}};
  CheckModel(c, v, kFields);
}

void Moderation(Checker& c, const Value& v) {
  static constexpr auto kAction = [](Checker& checker, const Value& action) {
    checker.OneOf(action, {"none", "block"});
  };
  static constexpr Field kFields[] = {{"model_name", String},
                                      {"custom_category_thresholds", Object, false, true},
                                      {"ignore_other_categories", Boolean},
                                      {"action", kAction}};
  CheckModel(c, v, kFields);
}

void Guardrail(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"block_on_error", Boolean},
                                      {"moderation_llm_v1", Moderation, false, true},
                                      {"moderation_llm_v2", Moderation, false, true}};
  CheckModel(c, v, kFields);
}

void Guardrails(Checker& c, const Value& v) { CheckEach(c, v, Guardrail); }

void ReasoningEffort(Checker& c, const Value& v) {
  c.OneOf(v, {"none", "minimal", "low", "medium", "high", "xhigh", "max"});
}
void PromptMode(Checker& c, const Value& v) { c.OneOf(v, {"reasoning"}); }
void ServiceTier(Checker& c, const Value& v) { c.OneOf(v, {"auto", "standard_only"}); }
void Dtype(Checker& c, const Value& v) { c.OneOf(v, {"float", "int8", "uint8", "binary", "ubinary"}); }
void Encoding(Checker& c, const Value& v) { c.OneOf(v, {"float", "base64"}); }

constexpr Field kChat[] = {{"model", String, true},
                           {"messages", CheckMistralMessages, true},
                           {"temperature", Temperature, false, true},
                           {"top_p", Fraction, false, true},
                           {"max_tokens", Count, false, true},
                           {"stream", Boolean},
                           {"stop", StringOrStrings, false, true},
                           {"random_seed", Count, false, true},
                           {"metadata", Object, false, true},
                           {"response_format", ResponseFormat},
                           {"tools", Tools, false, true},
                           {"tool_choice", ToolChoice},
                           {"presence_penalty", Penalty, false, true},
                           {"frequency_penalty", Penalty, false, true},
                           {"min_tokens", Count, false, true},
                           {"repetition_penalty", RepetitionPenalty, false, true},
                           {"top_k", Integer, false, true},
                           {"logprobs", Boolean, false, true},
                           {"top_logprobs", Count, false, true},
                           {"prompt_logprobs", Boolean, false, true},
                           {"top_prompt_logprobs", Count, false, true},
                           {"n", Positive, false, true},
                           {"prediction", Prediction},
                           {"parallel_tool_calls", Boolean},
                           {"reasoning_effort", ReasoningEffort, false, true},
                           {"prompt_mode", PromptMode, false, true},
                           {"guardrails", Guardrails, false, true},
                           {"prompt_cache_key", String, false, true},
                           {"service_tier", ServiceTier, false, true},
                           {"safe_prompt", Boolean}};

constexpr Field kFim[] = {{"model", String, true},
                          {"prompt", String, true},
                          {"suffix", String, false, true},
                          {"temperature", Temperature, false, true},
                          {"top_p", Fraction, false, true},
                          {"max_tokens", Count, false, true},
                          {"stream", Boolean},
                          {"stop", StringOrStrings, false, true},
                          {"random_seed", Count, false, true},
                          {"metadata", Object, false, true},
                          {"min_tokens", Count, false, true},
                          {"prompt_cache_key", String, false, true}};

constexpr Field kEmbeddings[] = {
    {"model", String, true},           {"input", StringOrStrings, true},
    {"metadata", Object, false, true}, {"output_dimension", Positive, false, true},
    {"output_dtype", Dtype},           {"encoding_format", Encoding}};

}  // namespace

void CheckMistralBody(Checker& checker, Endpoint endpoint, const json::value& body) {
  switch (endpoint) {
    case Endpoint::kChat:
      return CheckModel(checker, body, kChat);
    case Endpoint::kFim:
      return CheckModel(checker, body, kFim);
    case Endpoint::kEmbeddings:
      return CheckModel(checker, body, kEmbeddings);
  }
}

}  // namespace portcullis::sim
