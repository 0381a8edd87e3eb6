// What Anthropic refuses.
#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "apps/sim/anthropic.h"
#include "apps/sim/checker.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

using Value = json::value;

constexpr size_t kMaxToolName = 128;

void Any(Checker&, const Value&) {}
void String(Checker& c, const Value& v) { c.String(v); }
void Boolean(Checker& c, const Value& v) { c.Boolean(v); }
void Object(Checker& c, const Value& v) { c.Object(v); }
void Positive(Checker& c, const Value& v) { c.Integer(v, 1); }
void Count(Checker& c, const Value& v) { c.Integer(v, 0); }
void Fraction(Checker& c, const Value& v) { c.Number(v, 0, 1); }

std::string_view TextAt(const json::object& object, std::string_view key) {
  const Value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

void FilledText(Checker& c, const Value& v) {
  if (c.String(v) && v.get_string().empty()) c.Fail("value", "text content blocks must be non-empty", v);
}

void StopSequence(Checker& c, const Value& v) {
  if (c.String(v) && IsBlank(v.get_string()))
    c.Fail("value", "each stop sequence must contain non-whitespace", v);
}
void StopSequences(Checker& c, const Value& v) { CheckEach(c, v, StopSequence); }

void Name(Checker& c, const Value& v) {
  if (!c.String(v)) return;
  const std::string_view name = v.get_string();
  const bool fits =
      !name.empty() && name.size() <= kMaxToolName && std::all_of(name.begin(), name.end(), [](char x) {
        return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') || x == '_' ||
               x == '-';
      });
  if (!fits) c.Fail("string_pattern_mismatch", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'", v);
}

constexpr Field kCacheControl[] = {{"type", String, true}, {"ttl", String}};
void CacheControl(Checker& c, const Value& v) { CheckModel(c, v, kCacheControl); }

void MediaType(Checker& c, const Value& v) {
  c.OneOf(v, {"image/jpeg", "image/png", "image/gif", "image/webp"});
}
void PdfType(Checker& c, const Value& v) { c.OneOf(v, {"application/pdf"}); }

template <const auto& kBase64>
void Source(Checker& c, const Value& v) {
  static constexpr Field kUrl[] = {{"type", Any, true}, {"url", String, true}};
  if (!c.Object(v)) return;
  const std::string_view type = TextAt(v.get_object(), "type");
  if (type == "base64") return CheckModel(c, v, kBase64);
  if (type == "url") return CheckModel(c, v, kUrl);
  c.Fail("union_tag_invalid", "Input tag found using 'type' does not match any of the expected tags", v);
}
constexpr Field kImageData[] = {
    {"type", Any, true}, {"media_type", MediaType, true}, {"data", FilledText, true}};
constexpr Field kPdfData[] = {{"type", Any, true}, {"media_type", PdfType, true}, {"data", FilledText, true}};

void Blocks(Checker& c, const Value& v);
void StringOrBlocks(Checker& c, const Value& v) {
  if (!v.is_string()) Blocks(c, v);
}

constexpr Field kText[] = {
    {"type", Any, true}, {"text", FilledText, true}, {"cache_control", CacheControl, false, true}};
constexpr Field kImage[] = {
    {"type", Any, true}, {"source", Source<kImageData>, true}, {"cache_control", CacheControl, false, true}};
constexpr Field kDocument[] = {
    {"type", Any, true}, {"source", Source<kPdfData>, true}, {"cache_control", CacheControl, false, true}};
constexpr Field kToolUse[] = {{"type", Any, true},
                              {"id", Name, true},
                              {"name", Name, true},
                              {"input", Object, true},
                              {"cache_control", CacheControl, false, true}};
constexpr Field kToolResult[] = {{"type", Any, true},
                                 {"tool_use_id", Name, true},
                                 {"content", StringOrBlocks},
                                 {"is_error", Boolean},
                                 {"cache_control", CacheControl, false, true}};

struct BlockModel {
  std::string_view type;
  std::span<const Field> fields;
};
constexpr BlockModel kBlocks[] = {{"text", kText},
                                  {"image", kImage},
                                  {"document", kDocument},
                                  {"tool_use", kToolUse},
                                  {"tool_result", kToolResult}};

void Block(Checker& c, const Value& v) {
  if (!c.Object(v)) return;
  for (const BlockModel& model : kBlocks) {
    if (TextAt(v.get_object(), "type") == model.type) return CheckModel(c, v, model.fields);
  }
  c.Fail("union_tag_invalid", "Input tag found using 'type' does not match any of the expected tags", v);
}
void Blocks(Checker& c, const Value& v) { CheckEach(c, v, Block); }

void TextBlock(Checker& c, const Value& v) {
  CheckModel(c, v, kText);
  if (v.is_object() && TextAt(v.get_object(), "type") != "text")
    c.Fail("literal_error", "Input should be 'text'", v);
}
void System(Checker& c, const Value& v) {
  if (!v.is_string()) CheckEach(c, v, TextBlock);
}

void Message(Checker& c, const Value& v) {
  static constexpr auto kRole = [](Checker& checker, const Value& role) {
    checker.OneOf(role, {"user", "assistant"});
  };
  static constexpr Field kFields[] = {{"role", kRole, true}, {"content", StringOrBlocks, true}};
  CheckModel(c, v, kFields);
}
void Messages(Checker& c, const Value& v) {
  if (c.List(v, 1)) CheckEach(c, v, Message);
}

void Schema(Checker& c, const Value& v) {
  if (c.Object(v) && TextAt(v.get_object(), "type") != "object")
    c.Fail("literal_error", "Input should be 'object'", v);
}
void Tool(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"name", Name, true},
                                      {"description", String},
                                      {"input_schema", Schema, true},
                                      {"type", String},
                                      {"cache_control", CacheControl, false, true}};
  CheckModel(c, v, kFields);
}
void Tools(Checker& c, const Value& v) { CheckEach(c, v, Tool); }

void ToolChoice(Checker& c, const Value& v) {
  static constexpr auto kType = [](Checker& checker, const Value& type) {
    checker.OneOf(type, {"auto", "any", "tool", "none"});
  };
  static constexpr Field kPlain[] = {{"type", kType, true}, {"disable_parallel_tool_use", Boolean}};
  static constexpr Field kNamed[] = {
      {"type", kType, true}, {"name", Name, true}, {"disable_parallel_tool_use", Boolean}};
  const bool named = v.is_object() && TextAt(v.get_object(), "type") == "tool";
  CheckModel(c, v, named ? std::span<const Field>(kNamed) : std::span<const Field>(kPlain));
}

void Metadata(Checker& c, const Value& v) {
  static constexpr Field kFields[] = {{"user_id", String, false, true}};
  CheckModel(c, v, kFields);
}
void Tier(Checker& c, const Value& v) { c.OneOf(v, {"auto", "standard_only"}); }

// Structured outputs: objects say which properties they have and that there are no others.
void StrictSchema(Checker& c, const Value& v) {
  if (!c.Object(v) || TextAt(v.get_object(), "type") != "object") return;
  const Value* others = v.get_object().if_contains("additionalProperties");
  if (others == nullptr || !others->is_bool() || others->get_bool()) {
    c.Fail("value", "For 'object' type, 'additionalProperties' must be explicitly set to false", v);
  }
  const Value* properties = v.get_object().if_contains("properties");
  if (properties == nullptr || !properties->is_object()) return;
  for (const auto& property : properties->get_object()) StrictSchema(c, property.value());
}
void OutputConfig(Checker& c, const Value& v) {
  static constexpr auto kType = [](Checker& checker, const Value& type) {
    checker.OneOf(type, {"json_schema"});
  };
  static constexpr Field kFormat[] = {{"type", kType, true}, {"schema", StrictSchema, true}};
  static constexpr auto kFormatModel = [](Checker& checker, const Value& format) {
    CheckModel(checker, format, kFormat);
  };
  static constexpr Field kFields[] = {{"format", kFormatModel}, {"effort", String}};
  CheckModel(c, v, kFields);
}

constexpr Field kBody[] = {
    {"model", String, true}, {"messages", Messages, true}, {"max_tokens", Positive, true},
    {"system", System},      {"metadata", Metadata},       {"stop_sequences", StopSequences},
    {"stream", Boolean},     {"temperature", Fraction},    {"top_p", Fraction},
    {"top_k", Count},        {"thinking", Object},         {"service_tier", Tier},
    {"tools", Tools},        {"tool_choice", ToolChoice},  {"output_config", OutputConfig}};

ApiError Invalid(std::string_view message) {
  return MakeError(Provider::kAnthropic, 400, message, "invalid_request_error");
}

ApiError FromIssue(const json::object& issue) {
  std::string path;
  const json::array& loc = issue.at("loc").get_array();
  for (size_t i = 1; i < loc.size(); ++i) {
    path += path.empty() ? "" : ".";
    path +=
        loc[i].is_string() ? std::string(loc[i].get_string()) : std::to_string(loc[i].to_number<int64_t>());
  }
  return Invalid(base::StrCat(path, ": ", std::string_view(issue.at("msg").get_string())));
}

// Walks the messages, which have the right shape.
class Turns {
 public:
  std::optional<ApiError> Next(const json::object& message, size_t index, bool last) {
    path_ = base::StrCat("messages.", index);
    const std::string_view role = TextAt(message, "role");
    if (index == 0 && role != "user") return Invalid("messages: first message must use the \"user\" role");
    if (role == previous_) {
      return Invalid(base::StrCat(
          "messages: roles must alternate between \"user\" and \"assistant\", but found multiple \"", role,
          "\" roles in a row"));
    }
    previous_ = role;
    auto error = role == "user" ? User(message.at("content")) : Assistant(message.at("content"), last);
    if (error || !last) return error;
    return role == "assistant" && !calls_.empty()
               ? std::optional(Invalid(base::StrCat(
                     path_, ": `tool_use` ids were found without `tool_result` blocks immediately after")))
               : std::nullopt;
  }

 private:
  std::optional<ApiError> Empty() const {
    return Invalid(base::StrCat(path_, ": all messages must have non-empty content"));
  }

  std::optional<ApiError> User(const Value& content) {
    std::set<std::string, std::less<>> open(std::exchange(calls_, {}));
    bool results = true;  // so far there were only results
    if (content.is_string() && content.get_string().empty()) return Empty();
    if (content.is_array()) {
      if (content.get_array().empty()) return Empty();
      for (const Value& value : content.get_array()) {
        const json::object& block = value.get_object();
        if (TextAt(block, "type") != "tool_result") {
          results = false;
          continue;
        }
        if (!results || open.erase(std::string(TextAt(block, "tool_use_id"))) == 0) {
          return Invalid(base::StrCat(path_, ": unexpected `tool_use_id` found in `tool_result` blocks: ",
                                      TextAt(block, "tool_use_id")));
        }
      }
    }
    if (open.empty()) return std::nullopt;
    return Invalid(base::StrCat(
        path_,
        ": `tool_use` ids were found without `tool_result` blocks immediately after: ", *open.begin()));
  }

  std::optional<ApiError> Assistant(const Value& content, bool last) {
    std::string_view text;
    if (content.is_string()) text = content.get_string();
    if (content.is_array()) {
      if (content.get_array().empty() && !last) return Empty();
      for (const Value& value : content.get_array()) {
        const json::object& block = value.get_object();
        text = TextAt(block, "text");
        if (TextAt(block, "type") == "tool_result")
          return Invalid(path_ + ": `tool_result` blocks can only be in `user` messages");
        if (TextAt(block, "type") == "tool_use" && !calls_.emplace(TextAt(block, "id")).second) {
          return Invalid(path_ + ": `tool_use` ids must be unique");
        }
      }
    }
    if (last && !text.empty() && IsBlank(text.substr(text.size() - 1))) {
      return Invalid("messages: final assistant content cannot end with trailing whitespace");
    }
    return std::nullopt;
  }

  std::string path_;
  std::string_view previous_;
  std::set<std::string, std::less<>> calls_;  // of the assistant's last message
};

}  // namespace

std::optional<ApiError> CheckAnthropicRequest(const Value& body) {
  Checker checker;
  CheckModel(checker, body, kBody);
  if (!checker.ok()) return FromIssue(checker.issues().front().get_object());
  const json::object& object = body.get_object();
  if (object.contains("tool_choice") && !object.contains("tools")) {
    return Invalid("tool_choice: may only be specified while providing `tools`");
  }
  const json::array& messages = object.at("messages").get_array();
  Turns turns;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (auto error = turns.Next(messages[i].get_object(), i, i + 1 == messages.size())) return error;
  }
  return std::nullopt;
}

}  // namespace portcullis::sim
