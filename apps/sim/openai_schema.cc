// OpenAI's request bodies: the fields that the simulator reads, and the commonly sent ones with a simple
// type.
#include "apps/sim/request_schema.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

using Value = json::value;

constexpr double kMaxChoices = 128;

void String(Checker& c, const Value& v) { c.String(v); }
void Boolean(Checker& c, const Value& v) { c.Boolean(v); }
void Object(Checker& c, const Value& v) { c.Object(v); }
void Integer(Checker& c, const Value& v) { c.Integer(v); }
void Count(Checker& c, const Value& v) { c.Integer(v, 0); }
void Choices(Checker& c, const Value& v) { c.Integer(v, 1, kMaxChoices); }
void Temperature(Checker& c, const Value& v) { c.Number(v, 0, 2); }
void Fraction(Checker& c, const Value& v) { c.Number(v, 0, 1); }
void Penalty(Checker& c, const Value& v) { c.Number(v, -2, 2); }

void StringOrStrings(Checker& c, const Value& v) {
  if (v.is_array()) {
    CheckEach(c, v, String);
  } else {
    c.String(v);
  }
}

void StreamOptions(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"include_usage", Boolean, false, true}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void Function(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"name", String, true}, {"parameters", Object}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void Tool(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"type", String, true}, {"function", Function}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void Tools(Checker& c, const Value& v) { CheckEach(c, v, Tool); }

void ToolChoice(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"type", String, true}, {"function", Function}};
  if (v.is_object()) {
    CheckModel(c, v, kFields, Extra::kAllow);
  } else {
    c.OneOf(v, {"none", "auto", "required"});
  }
}

void JsonSchema(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"name", String, true}, {"schema", Object}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void ResponseFormat(Checker& c, const Value& v) {
  static constexpr auto kType = [](Checker& checker, const Value& type) {
    checker.OneOf(type, {"text", "json_object", "json_schema"});
  };
  static constexpr Field kFields[] = {{"type", kType, true}, {"json_schema", JsonSchema}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void Part(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"type", String, true}, {"text", String}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void Content(Checker& c, const Value& v) {
  if (v.is_array()) {
    CheckEach(c, v, Part);
  } else {
    c.String(v);
  }
}

void FunctionCall(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"name", String, true}, {"arguments", String, true}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void ToolCall(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {
      {"id", String, true}, {"type", String, true}, {"function", FunctionCall}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void ToolCalls(Checker& c, const Value& v) { CheckEach(c, v, ToolCall); }

void Message(Checker& c, const Value& v) {
  static constexpr auto kRole = [](Checker& checker, const Value& role) {
    checker.OneOf(role, {"developer", "system", "user", "assistant", "tool", "function"});
  };
  static constexpr Field kFields[] = {{"role", kRole, true},
                                      {"content", Content, false, true},
                                      {"tool_calls", ToolCalls, false, true},
                                      {"tool_call_id", String, false, true}};
  CheckModel(c, v, kFields, Extra::kAllow);
}

void Messages(Checker& c, const Value& v) {
  if (c.List(v, 1)) CheckEach(c, v, Message);
}

void Input(Checker& c, const Value& v) {
  if (!v.is_array()) {
    c.String(v);
    return;
  }
  CheckEach(c, v, [](Checker& checker, const Value& element) {
    if (element.is_array()) {
      CheckEach(checker, element, Integer);
    } else if (!element.is_int64()) {
      checker.String(element);
    }
  });
}

void Encoding(Checker& c, const Value& v) { c.OneOf(v, {"float", "base64"}); }
void Positive(Checker& c, const Value& v) { c.Integer(v, 1); }

constexpr Field kChat[] = {{"model", String, true},
                           {"messages", Messages, true},
                           {"stream", Boolean, false, true},
                           {"stream_options", StreamOptions, false, true},
                           {"max_tokens", Count, false, true},
                           {"max_completion_tokens", Count, false, true},
                           {"n", Choices, false, true},
                           {"stop", StringOrStrings, false, true},
                           {"temperature", Temperature, false, true},
                           {"top_p", Fraction, false, true},
                           {"presence_penalty", Penalty, false, true},
                           {"frequency_penalty", Penalty, false, true},
                           {"seed", Integer, false, true},
                           {"user", String, false, true},
                           {"logprobs", Boolean, false, true},
                           {"parallel_tool_calls", Boolean, false, true},
                           {"tools", Tools, false, true},
                           {"tool_choice", ToolChoice, false, true},
                           {"response_format", ResponseFormat, false, true}};

constexpr Field kFim[] = {{"model", String, true},          {"prompt", String, true},
                          {"suffix", String, false, true},  {"max_tokens", Count, false, true},
                          {"stream", Boolean, false, true}, {"stop", StringOrStrings, false, true}};

constexpr Field kEmbeddings[] = {{"model", String, true},
                                 {"input", Input, true},
                                 {"dimensions", Positive, false, true},
                                 {"encoding_format", Encoding, false, true},
                                 {"user", String, false, true}};

}  // namespace

void CheckOpenAiBody(Checker& checker, Endpoint endpoint, const json::value& body) {
  switch (endpoint) {
    case Endpoint::kChat:
      return CheckModel(checker, body, kChat, Extra::kAllow);
    case Endpoint::kFim:
      return CheckModel(checker, body, kFim, Extra::kAllow);
    case Endpoint::kEmbeddings:
      return CheckModel(checker, body, kEmbeddings, Extra::kAllow);
  }
}

}  // namespace portcullis::sim
