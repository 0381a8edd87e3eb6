#include "services/router/domain/dialect/anthropic_answer.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/json/text.h"
#include "services/router/domain/dialect/answer_body.h"

namespace portcullis::router {
namespace {

using json::Kind;
using json::Node;
using json::Tape;

std::string Text(const Tape& tape, const Node* node) {
  std::string scratch;
  if (node == nullptr || node->kind != Kind::kString) return "";
  return std::string(tape.String(*node, &scratch));
}

const Node* Find(const Tape& tape, const Node* object, std::string_view key) {
  return object != nullptr ? tape.Find(*object, key) : nullptr;
}

// The bytes of a string, quotes included; "" quoted when it is none.
std::string_view RawText(const Tape& tape, const Node* node) {
  return node != nullptr && node->kind == Kind::kString ? tape.Raw(*node) : std::string_view("\"\"");
}

std::string_view FinishReason(std::string_view stop_reason) {
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded") return "length";
  if (stop_reason == "tool_use") return "tool_calls";
  if (stop_reason == "refusal") return "content_filter";
  return "stop";
}

struct AnthropicUsage {
  int64_t input = 0;
  int64_t output = 0;
  int64_t cache_read = 0;
  int64_t cache_write = 0;
  bool known = false;

  // Later reports replace what they tell.
  void Read(const Tape& tape, const Node* usage) {
    if (usage == nullptr || usage->kind != Kind::kObject) return;
    const auto read = [&](std::string_view key, int64_t* out) {
      const Node* node = tape.Find(*usage, key);
      const int64_t value = node != nullptr ? tape.Integer(*node) : -1;
      if (value < 0) return;
      *out = value;
      known = true;
    };
    read("input_tokens", &input);
    read("output_tokens", &output);
    read("cache_read_input_tokens", &cache_read);
    read("cache_creation_input_tokens", &cache_write);
  }

  std::string Json() const {
    const int64_t prompt = input + cache_read + cache_write;
    return base::StrCat("\"usage\":{\"prompt_tokens\":", prompt, ",\"completion_tokens\":", output,
                        ",\"total_tokens\":", prompt + output,
                        ",\"prompt_tokens_details\":{\"cached_tokens\":", cache_read,
                        ",\"cache_creation_tokens\":", cache_write, "}}");
  }
};

// "id":...,"object":...,"created":...,"model":...
std::string Envelope(const Tape& tape, const Node& message, std::string_view object, int64_t created) {
  return base::StrCat("\"id\":", RawText(tape, tape.Find(message, "id")), ",\"object\":\"", object,
                      "\",\"created\":", created, ",\"model\":", RawText(tape, tape.Find(message, "model")));
}

class AnthropicWhole final : public WholeBody {
 public:
  explicit AnthropicWhole(int64_t created) : created_(created) {}

 private:
  absl::Status Translate(std::string body, std::string* out) override {
    RETURN_IF_ERROR(tape_.Parse(body));
    const Node* content = tape_.Find(tape_.root(), "content");
    if (content == nullptr || content->kind != Kind::kArray) {
      return absl::InvalidArgumentError("the answer has no content");
    }
    for (const Node& block : tape_.Children(*content)) AddBlock(block);
    AnthropicUsage usage;
    usage.Read(tape_, tape_.Find(tape_.root(), "usage"));
    *out =
        base::StrCat("{", Envelope(tape_, tape_.root(), "chat.completion", created_),
                     ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":", Content(),
                     Member("reasoning_content", thinking_), Calls(), "},\"finish_reason\":\"",
                     FinishReason(Text(tape_, tape_.Find(tape_.root(), "stop_reason"))),
                     "\",\"logprobs\":null}]", usage.known ? "," : "", usage.known ? usage.Json() : "", "}");
    return absl::OkStatus();
  }

  void AddBlock(const Node& block) {
    const std::string type = Text(tape_, tape_.Find(block, "type"));
    if (type == "text") text_ += Text(tape_, tape_.Find(block, "text"));
    if (type == "thinking") thinking_ += Text(tape_, tape_.Find(block, "thinking"));
    if (type != "tool_use") return;
    const Node* input = tape_.Find(block, "input");
    std::string arguments;
    json::AppendQuoted(input != nullptr ? tape_.Raw(*input) : std::string_view("{}"), &arguments);
    calls_ += base::StrCat(calls_.empty() ? "" : ",", "{\"id\":", RawText(tape_, tape_.Find(block, "id")),
                           ",\"type\":\"function\",\"function\":{\"name\":",
                           RawText(tape_, tape_.Find(block, "name")), ",\"arguments\":", arguments, "}}");
  }

  std::string Content() const {
    if (text_.empty() && !calls_.empty()) return "null";
    std::string out;
    json::AppendQuoted(text_, &out);
    return out;
  }

  static std::string Member(std::string_view key, const std::string& text) {
    if (text.empty()) return "";
    std::string out = base::StrCat(",\"", key, "\":");
    json::AppendQuoted(text, &out);
    return out;
  }

  std::string Calls() const { return calls_.empty() ? "" : base::StrCat(",\"tool_calls\":[", calls_, "]"); }

  const int64_t created_;
  Tape tape_;
  std::string text_;
  std::string thinking_;
  std::string calls_;
};

class AnthropicStream final : public EventBody {
 public:
  explicit AnthropicStream(int64_t created) : created_(created) {}

 private:
  absl::Status OnEvent(const CutEvent& event, std::string* out) override {
    if (done_) return absl::OkStatus();
    RETURN_IF_ERROR(tape_.Parse(event.data));
    const Node& root = tape_.root();
    if (root.kind != Kind::kObject) return absl::InvalidArgumentError("an event is no JSON object");
    const std::string type = Text(tape_, tape_.Find(root, "type"));
    if (type == "message_start") return Start(root, out);
    if (type == "error") return Fail(root, out);
    if (envelope_.empty())
      return type == "ping" ? absl::OkStatus()
                            : absl::InvalidArgumentError("the stream does not begin with message_start");
    if (type == "content_block_start") StartBlock(root, out);
    if (type == "content_block_delta") AddDelta(root, out);
    if (type == "message_delta") ReadDelta(root);
    if (type == "message_stop") Stop(out);
    return absl::OkStatus();
  }

  void Chunk(std::string_view delta, std::string_view finish, std::string* out) const {
    *out += base::StrCat("data: {", envelope_, ",\"choices\":[{\"index\":0,\"delta\":{", delta,
                         "},\"finish_reason\":", finish, ",\"logprobs\":null}]}\n\n");
  }

  absl::Status Start(const Node& root, std::string* out) {
    const Node* message = tape_.Find(root, "message");
    if (message == nullptr || message->kind != Kind::kObject) {
      return absl::InvalidArgumentError("message_start has no message");
    }
    envelope_ = Envelope(tape_, *message, "chat.completion.chunk", created_);
    usage_.Read(tape_, tape_.Find(*message, "usage"));
    Chunk(R"("role":"assistant","content":"")", "null", out);
    return absl::OkStatus();
  }

  // An error in mid-stream, as OpenAI's clients take it.
  absl::Status Fail(const Node& root, std::string* out) {
    const Node* error = tape_.Find(root, "error");
    const std::string text = error != nullptr ? ErrorText(tape_, *error) : "an error";
    if (envelope_.empty()) return absl::InvalidArgumentError("the stream begins with an error: " + text);
    std::string quoted;
    json::AppendQuoted(text, &quoted);
    *out += base::StrCat("data: {\"error\":{\"message\":", quoted,
                         ",\"type\":", RawText(tape_, Find(tape_, error, "type")),
                         ",\"param\":null,\"code\":null}}\n\n");
    done_ = true;
    return absl::OkStatus();
  }

  void StartBlock(const Node& root, std::string* out) {
    const Node* block = tape_.Find(root, "content_block");
    const std::string type = Text(tape_, Find(tape_, block, "type"));
    if (type == "text") AddText("content", Find(tape_, block, "text"), out);
    if (type == "thinking") AddText("reasoning_content", Find(tape_, block, "thinking"), out);
    if (type != "tool_use") return;
    ++tools_;
    Chunk(base::StrCat(
              "\"tool_calls\":[{\"index\":", tools_ - 1, ",\"id\":", RawText(tape_, Find(tape_, block, "id")),
              ",\"type\":\"function\",\"function\":{\"name\":", RawText(tape_, Find(tape_, block, "name")),
              ",\"arguments\":\"\"}}]"),
          "null", out);
  }

  void AddText(std::string_view key, const Node* text, std::string* out) const {
    const std::string_view raw = RawText(tape_, text);
    if (raw.size() > 2) Chunk(base::StrCat("\"", key, "\":", raw), "null", out);
  }

  void AddDelta(const Node& root, std::string* out) const {
    const Node* delta = tape_.Find(root, "delta");
    const std::string type = Text(tape_, Find(tape_, delta, "type"));
    if (type == "text_delta") AddText("content", Find(tape_, delta, "text"), out);
    if (type == "thinking_delta") AddText("reasoning_content", Find(tape_, delta, "thinking"), out);
    const std::string_view json = RawText(tape_, Find(tape_, delta, "partial_json"));
    if (type != "input_json_delta" || json.size() <= 2 || tools_ == 0) return;
    Chunk(
        base::StrCat("\"tool_calls\":[{\"index\":", tools_ - 1, ",\"function\":{\"arguments\":", json, "}}]"),
        "null", out);
  }

  void ReadDelta(const Node& root) {
    usage_.Read(tape_, tape_.Find(root, "usage"));
    const std::string reason = Text(tape_, Find(tape_, tape_.Find(root, "delta"), "stop_reason"));
    if (!reason.empty()) finish_ = FinishReason(reason);
  }

  void Stop(std::string* out) {
    Chunk("", base::StrCat("\"", finish_, "\""), out);
    if (usage_.known) *out += base::StrCat("data: {", envelope_, ",\"choices\":[],", usage_.Json(), "}\n\n");
    *out += "data: [DONE]\n\n";
    done_ = true;
  }

  const int64_t created_;
  std::string envelope_;
  AnthropicUsage usage_;
  std::string_view finish_ = "stop";
  int tools_ = 0;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<AnswerAdapter> MakeAnthropicAnswer(bool stream, int64_t created) {
  if (stream) return std::make_unique<AnthropicStream>(created);
  return std::make_unique<AnthropicWhole>(created);
}

}  // namespace portcullis::router
