#include "services/router/domain/dialect/anthropic_request.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/json/text.h"
#include "services/router/domain/dialect/tool_call_id.h"

namespace portcullis::router {
namespace {

using json::Kind;
using json::Node;
using json::Tape;

constexpr std::string_view kDataScheme = "data:";
constexpr std::string_view kBase64 = ";base64,";
constexpr std::string_view kMessageEnd = "]}";
constexpr size_t kMaxIdBytes = 128;

bool IsAnthropicId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void Append(std::string& list, std::string_view element) {
  if (!list.empty()) list += ',';
  list += element;
}

class Translation {
 public:
  Translation(const Tape& tape, uint32_t default_max_tokens, Refusal* refusal)
      : tape_(tape), default_max_tokens_(default_max_tokens), refusal_(refusal) {}

  bool Run(std::string* body) {
    for (const Node& member : tape_.Children(tape_.root())) {
      if (!Member(member)) return false;
    }
    FlushMessage();
    AddToolChoice();
    AddOutputConfig();
    if (tape_.Find(tape_.root(), "max_tokens") == nullptr) {
      Append(out_, base::StrCat("\"max_tokens\":", default_max_tokens_));
    }
    if (!system_.empty()) Append(out_, base::StrCat("\"system\":[", system_, "]"));
    *body = base::StrCat("{", out_, ",\"messages\":[", messages_, "]}");
    return true;
  }

 private:
  bool Refuse(std::string param, std::string_view why) {
    refusal_->message = base::StrCat("`", param, "` cannot be honoured by Anthropic: ", why);
    refusal_->param = std::move(param);
    return false;
  }

  std::string Text(const Node* node) const {
    std::string scratch;
    if (node == nullptr || node->kind != Kind::kString) return "";
    return std::string(tape_.String(*node, &scratch));
  }

  bool Member(const Node& member) {
    const std::string key = tape_.Key(member);
    if (key == "messages") return Messages(member);
    if (key == "tools") return Tools(member);
    if (key == "tool_choice" || key == "parallel_tool_calls") return true;  // AddToolChoice
    if (key == "response_format") return ResponseFormat(member);
    if (key == "output_config") return true;  // ResponseFormat, or as it is
    if (key == "stop") {
      const bool one = member.kind == Kind::kString;
      Append(out_, base::StrCat("\"stop_sequences\":", one ? "[" : "", tape_.Raw(member), one ? "]" : ""));
    } else if (key == "user") {
      Append(out_, base::StrCat("\"metadata\":{\"user_id\":", tape_.Raw(member), "}"));
    } else {
      Append(out_, WithKey(member));
    }
    return true;
  }

  // The rules leave formats with a schema only.
  bool ResponseFormat(const Node& format) {
    const Node* named = tape_.Find(format, "json_schema");
    const Node* schema =
        named != nullptr && named->kind == Kind::kObject ? tape_.Find(*named, "schema") : nullptr;
    if (schema == nullptr || schema->kind != Kind::kObject) {
      return Refuse("response_format.json_schema.schema", "it is missing");
    }
    output_format_ = base::StrCat(R"("format":{"type":"json_schema","schema":)", tape_.Raw(*schema), "}");
    return true;
  }

  // The client's own `output_config` keeps what it says besides the format.
  void AddOutputConfig() {
    const Node* own = tape_.Find(tape_.root(), "output_config");
    if (own != nullptr && own->kind != Kind::kObject) return Append(out_, WithKey(*own));
    std::string members;
    if (own != nullptr) {
      for (const Node& member : tape_.Children(*own)) {
        if (output_format_.empty() || !tape_.KeyIs(member, "format")) Append(members, WithKey(member));
      }
    }
    if (!output_format_.empty()) Append(members, output_format_);
    if (!members.empty()) Append(out_, base::StrCat("\"output_config\":{", members, "}"));
  }

  // A member's bytes, key and value.
  std::string_view WithKey(const Node& member) const {
    return tape_.text().substr(member.key_begin - 1, member.end - member.key_begin + 1);
  }

  void AddToolChoice() {
    const Node* choice = tape_.Find(tape_.root(), "tool_choice");
    const Node* parallel = tape_.Find(tape_.root(), "parallel_tool_calls");
    const bool serial = parallel != nullptr && parallel->kind == Kind::kFalse;
    if (tape_.Find(tape_.root(), "tools") == nullptr || (choice == nullptr && !serial)) return;
    const std::string word = Text(choice);
    std::string json = "\"type\":\"auto\"";
    if (word == "none") json = "\"type\":\"none\"";
    if (word == "required") json = "\"type\":\"any\"";
    if (choice != nullptr && choice->kind == Kind::kObject) {
      const Node* function = tape_.Find(*choice, "function");
      const Node* name = function != nullptr ? tape_.Find(*function, "name") : nullptr;
      if (name != nullptr) json = base::StrCat("\"type\":\"tool\",\"name\":", tape_.Raw(*name));
    }
    if (serial && word != "none") json += ",\"disable_parallel_tool_use\":true";
    Append(out_, base::StrCat("\"tool_choice\":{", json, "}"));
  }

  bool Tools(const Node& tools) {
    std::string list;
    int index = 0;
    for (const Node& tool : tape_.Children(tools)) {
      const Node* function = tape_.Find(tool, "function");
      if (function == nullptr) {
        Append(list, tape_.Raw(tool));  // a tool of Anthropic's own
        continue;
      }
      const Node* name = tape_.Find(*function, "name");
      if (name == nullptr) return Refuse(base::StrCat("tools[", index, "].function.name"), "it is missing");
      const Node* description = tape_.Find(*function, "description");
      const Node* parameters = tape_.Find(*function, "parameters");
      const bool described = description != nullptr && description->kind == Kind::kString;
      const bool typed = parameters != nullptr && parameters->kind == Kind::kObject;
      Append(list, base::StrCat("{\"name\":", tape_.Raw(*name), described ? ",\"description\":" : "",
                                described ? tape_.Raw(*description) : "", ",\"input_schema\":",
                                typed ? Schema(*parameters) : R"({"type":"object","properties":{}})", "}"));
      ++index;
    }
    Append(out_, base::StrCat("\"tools\":[", list, "]"));
    return true;
  }

  // Anthropic demands the type, which OpenAI takes for granted.
  std::string Schema(const Node& parameters) const {
    const std::string_view raw = tape_.Raw(parameters);
    if (tape_.Find(parameters, "type") != nullptr) return std::string(raw);
    const auto members = tape_.Children(parameters);
    const bool empty = !(members.begin() != members.end());
    return base::StrCat("{\"type\":\"object\"", empty ? "" : ",", raw.substr(1));
  }

  bool Messages(const Node& messages) {
    int index = 0;
    for (const Node& message : tape_.Children(messages)) {
      path_ = base::StrCat("messages[", index++, "]");
      if (!Message(message)) return false;
    }
    return true;
  }

  bool Message(const Node& message) {
    const std::string role = Text(tape_.Find(message, "role"));
    const Node* content = tape_.Find(message, "content");
    if (role == "system" || role == "developer") return Content(content, &system_);
    if (role == "tool") return ToolResult(message, content);
    if (role != "user" && role != "assistant")
      return Refuse(path_ + ".role", "it is none that Anthropic knows");
    Open(role);
    if (!Content(content, &blocks_)) return false;
    if (const Node* refusal = tape_.Find(message, "refusal"); refusal != nullptr) AddText(*refusal, &blocks_);
    const Node* calls = tape_.Find(message, "tool_calls");
    return calls == nullptr || ToolCalls(*calls);
  }

  // Messages of one role are one message; `role` begins or goes on.
  void Open(std::string_view role) {
    if (role_ == role) return;
    FlushMessage();
    role_ = role;
  }

  // Between two messages of one role one without content may have stood: they are one message too.
  void FlushMessage() {
    if (blocks_.empty()) return;
    if (role_ == flushed_role_) {
      messages_.resize(messages_.size() - kMessageEnd.size());
      messages_ += base::StrCat(",", blocks_, kMessageEnd);
    } else {
      Append(messages_, base::StrCat("{\"role\":\"", role_, "\",\"content\":[", blocks_, kMessageEnd));
    }
    flushed_role_ = role_;
    blocks_.clear();
  }

  // Anthropic refuses empty texts.
  void AddText(const Node& text, std::string* blocks, std::string_view more = "") {
    if (text.kind != Kind::kString || text.end - text.begin == 2) return;
    Append(*blocks, base::StrCat("{\"type\":\"text\",\"text\":", tape_.Raw(text), more, "}"));
  }

  bool Content(const Node* content, std::string* blocks) {
    if (content == nullptr || content->kind == Kind::kNull) return true;
    if (content->kind == Kind::kString) {
      AddText(*content, blocks);
      return true;
    }
    int index = 0;
    for (const Node& part : tape_.Children(*content)) {
      if (!Part(part, base::StrCat(path_, ".content[", index++, "]"), blocks)) return false;
    }
    return true;
  }

  bool Part(const Node& part, const std::string& path, std::string* blocks) {
    const std::string type = Text(tape_.Find(part, "type"));
    const Node* cache = tape_.Find(part, "cache_control");
    const std::string more =
        cache != nullptr ? base::StrCat(",\"cache_control\":", tape_.Raw(*cache)) : std::string();
    if (type == "text" || type == "refusal") {
      const Node* text = tape_.Find(part, type);
      if (text == nullptr) return Refuse(base::StrCat(path, ".", type), "it is missing");
      AddText(*text, blocks, more);
      return true;
    }
    if (type == "image_url") return Image(part, path, more, blocks);
    if (type == "file") return File(part, path, more, blocks);
    Append(*blocks, tape_.Raw(part));  // a block of Anthropic's own
    return true;
  }

  bool Image(const Node& part, const std::string& path, std::string_view more, std::string* blocks) {
    const Node* image = tape_.Find(part, "image_url");
    const Node* url = image != nullptr && image->kind == Kind::kObject ? tape_.Find(*image, "url") : image;
    const std::string text = Text(url);
    if (text.empty()) return Refuse(path + ".image_url.url", "it is missing");
    if (!text.starts_with(kDataScheme)) {
      Append(*blocks, base::StrCat(R"({"type":"image","source":{"type":"url","url":)", tape_.Raw(*url), "}",
                                   more, "}"));
      return true;
    }
    return Base64("image", text, path + ".image_url.url", more, blocks);
  }

  bool File(const Node& part, const std::string& path, std::string_view more, std::string* blocks) {
    const Node* file = tape_.Find(part, "file");
    const Node* data = file != nullptr ? tape_.Find(*file, "file_data") : nullptr;
    if (data == nullptr)
      return Refuse(path + ".file", "files of OpenAI are unknown to Anthropic; send file_data");
    return Base64("document", Text(data), path + ".file.file_data", more, blocks);
  }

  // A data: URL as a source.
  bool Base64(std::string_view block, std::string_view url, std::string path, std::string_view more,
              std::string* blocks) {
    const size_t mark = url.find(kBase64);
    if (!url.starts_with(kDataScheme) || mark == url.npos) {
      return Refuse(std::move(path), "it must be a data: URL in base64");
    }
    std::string media;
    json::AppendQuoted(url.substr(kDataScheme.size(), mark - kDataScheme.size()), &media);
    std::string data;
    json::AppendQuoted(url.substr(mark + kBase64.size()), &data);
    Append(*blocks, base::StrCat("{\"type\":\"", block, "\",\"source\":{\"type\":\"base64\",\"media_type\":",
                                 media, ",\"data\":", data, "}", more, "}"));
    return true;
  }

  std::string ToolId(const Node* id) const {
    const std::string text = Text(id);
    return base::StrCat("\"", IsAnthropicId(text) ? text : "toolu_" + MistralToolCallId(text), "\"");
  }

  bool ToolCalls(const Node& calls) {
    int index = 0;
    for (const Node& call : tape_.Children(calls)) {
      const std::string path = base::StrCat(path_, ".tool_calls[", index++, "].function");
      const Node* function = tape_.Find(call, "function");
      const Node* name = function != nullptr ? tape_.Find(*function, "name") : nullptr;
      if (name == nullptr) return Refuse(path + ".name", "it is missing");
      std::string input = Text(tape_.Find(*function, "arguments"));
      if (input.find_first_not_of(" \t\r\n") == input.npos) input = "{}";
      Tape arguments;
      if (!arguments.Parse(input).ok() || arguments.root().kind != Kind::kObject) {
        return Refuse(path + ".arguments", "it must be a JSON object");
      }
      Append(blocks_, base::StrCat("{\"type\":\"tool_use\",\"id\":", ToolId(tape_.Find(call, "id")),
                                   ",\"name\":", tape_.Raw(*name), ",\"input\":", input, "}"));
    }
    return true;
  }

  bool ToolResult(const Node& message, const Node* content) {
    Open("user");
    std::string parts;
    if (!Content(content, &parts)) return false;
    Append(blocks_, base::StrCat("{\"type\":\"tool_result\",\"tool_use_id\":",
                                 ToolId(tape_.Find(message, "tool_call_id")),
                                 parts.empty() ? "" : ",\"content\":[", parts, parts.empty() ? "}" : "]}"));
    return true;
  }

  const Tape& tape_;
  const uint32_t default_max_tokens_;
  Refusal* const refusal_;
  std::string path_;  // of the message at hand
  std::string out_;
  std::string output_format_;  // the member of `output_config`
  std::string system_;
  std::string messages_;
  std::string flushed_role_;  // of the last of them
  std::string role_;          // of the message that is being written
  std::string blocks_;        // its blocks
};

}  // namespace

bool ToAnthropicRequest(const Tape& tape, uint32_t default_max_tokens, std::string* body, Refusal* refusal) {
  return Translation(tape, default_max_tokens, refusal).Run(body);
}

}  // namespace portcullis::router
