// Mistral's message models: the four roles and the parts of their content.
#include "apps/sim/request_schema.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

using Value = json::value;

void Any(Checker&, const Value&) {}
void String(Checker& c, const Value& v) { c.String(v); }
void Boolean(Checker& c, const Value& v) { c.Boolean(v); }
void Object(Checker& c, const Value& v) { c.Object(v); }
void Integer(Checker& c, const Value& v) { c.Integer(v); }

void Id(Checker& c, const Value& v) {
  if (!v.is_int64() && !v.is_uint64()) c.String(v);
}
void Ids(Checker& c, const Value& v) { CheckEach(c, v, Id); }

void ImageUrl(Checker& c, const Value& v) {
  static constexpr auto kDetail = [](Checker& checker, const Value& detail) {
    checker.OneOf(detail, {"low", "auto", "high"});
  };
  static constexpr Field kFields[] = {{"url", String, true}, {"detail", kDetail, false, true}};
  if (v.is_object()) {
    CheckModel(c, v, kFields);
  } else {
    c.String(v);
  }
}

void ThinkingPart(Checker& c, const Value& v);
void ThinkingParts(Checker& c, const Value& v) { CheckEach(c, v, ThinkingPart); }

constexpr Field kText[] = {{"type", Any}, {"text", String, true}};
constexpr Field kImage[] = {{"type", Any}, {"image_url", ImageUrl, true}};
constexpr Field kDocument[] = {
    {"type", Any}, {"document_url", String, true}, {"document_name", String, false, true}};
constexpr Field kReference[] = {{"type", Any}, {"reference_ids", Ids, true}};
constexpr Field kFile[] = {{"type", Any}, {"file_id", String, true}};
constexpr Field kThinking[] = {{"type", Any},
                               {"thinking", ThinkingParts, true},
                               {"signature", String, false, true},
                               {"closed", Boolean}};
constexpr Field kAudio[] = {{"type", Any}, {"input_audio", String, true}};
constexpr Field kResource[] = {{"type", Any}, {"uri", String, true}, {"content", Any, true}};
constexpr Field kResourceLink[] = {{"type", Any}, {"uri", String, true}, {"metadata", Object, false, true}};

struct PartModel {
  std::string_view type;
  std::span<const Field> fields;
};

constexpr PartModel kParts[] = {
    {"text", kText},           {"image_url", kImage},   {"document_url", kDocument},
    {"reference", kReference}, {"file", kFile},         {"thinking", kThinking},
    {"input_audio", kAudio},   {"resource", kResource}, {"resource_link", kResourceLink},
};

// A part of content: the table by its `type`, with the type as a step of the path.
void CheckPart(Checker& c, const Value& v, std::span<const PartModel> allowed) {
  if (!v.is_object()) {
    c.Fail("model_attributes_type", "Input should be a valid dictionary or object to extract fields from", v);
    return;
  }
  const Value* type = v.get_object().if_contains("type");
  if (type == nullptr) {
    c.Fail("union_tag_not_found", "Unable to extract tag using discriminator 'type'", v);
    return;
  }
  for (const PartModel& part : allowed) {
    if (!type->is_string() || part.type != std::string_view(type->get_string())) continue;
    const Checker::Scope scope(c, part.type);
    CheckModel(c, v, part.fields);
    return;
  }
  c.Fail("union_tag_invalid", "Input tag found using 'type' does not match any of the expected tags", v);
}

void Part(Checker& c, const Value& v) { CheckPart(c, v, kParts); }

void ThinkingPart(Checker& c, const Value& v) {
  static constexpr PartModel kAllowed[] = {{"text", kText}, {"reference", kReference}};
  CheckPart(c, v, kAllowed);
}

void SystemPart(Checker& c, const Value& v) {
  static constexpr PartModel kAllowed[] = {{"text", kText}, {"thinking", kThinking}};
  CheckPart(c, v, kAllowed);
}

void Content(Checker& c, const Value& v) {
  if (v.is_array()) {
    CheckEach(c, v, Part);
  } else {
    c.String(v);
  }
}

void SystemContent(Checker& c, const Value& v) {
  if (v.is_array()) {
    CheckEach(c, v, SystemPart);
  } else {
    c.String(v);
  }
}

void Arguments(Checker& c, const Value& v) {
  if (!v.is_object()) c.String(v);
}

void FunctionCall(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"name", String, true}, {"arguments", Arguments, true}};
  CheckModel(c, v, kFields);
}

void ToolCall(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {
      {"function", FunctionCall, true}, {"id", String}, {"type", String}, {"index", Integer}};
  CheckModel(c, v, kFields);
}
void ToolCalls(Checker& c, const Value& v) { CheckEach(c, v, ToolCall); }

constexpr Field kSystem[] = {{"role", Any}, {"content", SystemContent, true}};
constexpr Field kUser[] = {{"role", Any}, {"content", Content, true, true}};
constexpr Field kAssistant[] = {{"role", Any},
                                {"content", Content, false, true},
                                {"tool_calls", ToolCalls, false, true},
                                {"prefix", Boolean}};
constexpr Field kTool[] = {{"role", Any},
                           {"content", Content, true, true},
                           {"tool_call_id", String, false, true},
                           {"name", String, false, true}};

constexpr PartModel kRoles[] = {
    {"system", kSystem}, {"user", kUser}, {"assistant", kAssistant}, {"tool", kTool}};

void Message(Checker& c, const Value& v) {
  const Value* role = v.is_object() ? v.get_object().if_contains("role") : nullptr;
  if (role == nullptr) {
    c.Fail("union_tag_not_found", "Unable to extract tag using discriminator 'role'", v);
    return;
  }
  const std::string_view name = role->is_string() ? std::string_view(role->get_string()) : std::string_view();
  for (const PartModel& model : kRoles) {
    if (model.type != name) continue;
    const Checker::Scope scope(c, model.type);
    CheckModel(c, v, model.fields);
    return;
  }
  const auto message =
      base::StrCat("Input tag '", name,
                   "' found using 'role' does not match any of the expected tags: 'system', 'user', "
                   "'assistant', 'tool'");
  c.Fail("union_tag_invalid", message, v,
         {{"discriminator", "'role'"},
          {"tag", name},
          {"expected_tags", "'system', 'user', 'assistant', 'tool'"}});
}

}  // namespace

void CheckMistralMessages(Checker& checker, const json::value& messages) {
  CheckEach(checker, messages, Message);
}

}  // namespace portcullis::sim
