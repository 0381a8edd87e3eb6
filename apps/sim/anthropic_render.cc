// Answers and streams of the Messages API.
#include <algorithm>

#include "apps/sim/anthropic.h"
#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

constexpr size_t kArgumentPiece = 12;  // bytes of a tool's input in one delta
constexpr int64_t kCached = 2;         // tokens of each prompt that were cached, if it has more

std::string_view StopReason(const Answer& answer) {
  if (answer.finish_reason == "length") return "max_tokens";
  return answer.finish_reason == "tool_calls" ? "tool_use" : "end_turn";
}

std::string UsageOf(const RenderOptions& options, int64_t output) {
  const int64_t cached = options.usage.prompt_tokens > kCached ? kCached : 0;
  return base::StrCat(R"("usage":{"input_tokens":)", options.usage.prompt_tokens - cached,
                      R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":)", cached,
                      R"(,"output_tokens":)", output, R"(,"service_tier":"standard"})");
}

std::string MessageHead(const RenderOptions& options) {
  return base::StrCat(R"({"id":"msg_)", options.id, R"(","type":"message","role":"assistant","model":)",
                      JsonString(options.model));
}

std::string ToolHead(const ToolCall& call) {
  return base::StrCat(R"({"type":"tool_use","id":)", JsonString(call.id), R"(,"name":)",
                      JsonString(call.name), R"(,"input":)");
}

class Stream {
 public:
  explicit Stream(const RenderOptions& options) : options_(options) {}

  void Event(std::string_view type, std::string_view members, int tokens = 0) {
    out_.bytes += base::StrCat("event: ", type, "\ndata: {\"type\":\"", type, "\"", members, "}\n\n");
    out_.ends.push_back({out_.bytes.size(), tokens});
  }

  void Text(std::string_view type, std::string_view text) {
    if (text.empty()) return;
    Open(base::StrCat(R"({"type":")", type, R"(",")", type, R"(":""})"));
    for (size_t at = 0; at < text.size();) {
      const size_t end = options_.chunk == 0
                             ? TokenEnd(text, at)
                             : std::max(CodePointFloor(text, at + options_.chunk), CodePointEnd(text, at));
      Delta(base::StrCat(R"({"type":")", type, R"(_delta",")", type, R"(":)",
                         JsonString(text.substr(at, end - at)), "}"),
            1);
      at = end;
    }
    Close();
  }

  void Tool(const ToolCall& call) {
    Open(ToolHead(call) + "{}}");
    Delta(R"({"type":"input_json_delta","partial_json":""})", 0);
    for (size_t at = 0; at < call.arguments.size();) {
      const size_t end =
          std::max(CodePointFloor(call.arguments, at + kArgumentPiece), CodePointEnd(call.arguments, at));
      Delta(base::StrCat(R"({"type":"input_json_delta","partial_json":)",
                         JsonString(std::string_view(call.arguments).substr(at, end - at)), "}"),
            1);
      at = end;
    }
    Close();
  }

  EventStream Take() { return std::move(out_); }

 private:
  void Open(std::string_view block) {
    Event("content_block_start", base::StrCat(R"(,"index":)", index_, R"(,"content_block":)", block));
    if (index_ == 0) Event("ping", "");
  }
  void Delta(std::string_view delta, int tokens) {
    Event("content_block_delta", base::StrCat(R"(,"index":)", index_, R"(,"delta":)", delta), tokens);
  }
  void Close() { Event("content_block_stop", base::StrCat(R"(,"index":)", index_++)); }

  const RenderOptions& options_;
  EventStream out_;
  int index_ = 0;
};

}  // namespace

std::string RenderAnthropic(const RenderOptions& options, const Answer& answer) {
  std::string blocks;
  const auto add = [&](std::string_view block) { blocks += base::StrCat(blocks.empty() ? "" : ",", block); };
  if (!answer.reasoning.empty()) {
    add(base::StrCat(R"({"type":"thinking","thinking":)", JsonString(answer.reasoning),
                     R"(,"signature":"c2lt"})"));
  }
  if (!answer.content.empty())
    add(base::StrCat(R"({"type":"text","text":)", JsonString(answer.content), "}"));
  for (const ToolCall& call : answer.tool_calls) add(base::StrCat(ToolHead(call), call.arguments, "}"));
  return base::StrCat(MessageHead(options), R"(,"content":[)", blocks, R"(],"stop_reason":")",
                      StopReason(answer), R"(","stop_sequence":null)", options.with_usage ? "," : "",
                      options.with_usage ? UsageOf(options, answer.tokens) : "", "}");
}

EventStream RenderAnthropicStream(const RenderOptions& options, const Answer& answer) {
  Stream stream(options);
  const std::string usage = options.with_usage ? "," + UsageOf(options, 1) : "";
  stream.Event("message_start",
               base::StrCat(R"(,"message":)", MessageHead(options),
                            R"(,"content":[],"stop_reason":null,"stop_sequence":null)", usage, "}"));
  stream.Text("thinking", answer.reasoning);
  stream.Text("text", answer.content);
  for (const ToolCall& call : answer.tool_calls) stream.Tool(call);
  const std::string output =
      options.with_usage ? base::StrCat(R"(,"usage":{"output_tokens":)", answer.tokens, "}") : std::string();
  stream.Event("message_delta", base::StrCat(R"(,"delta":{"stop_reason":")", StopReason(answer),
                                             R"(","stop_sequence":null})", output));
  if (options.done) stream.Event("message_stop", "");
  return stream.Take();
}

}  // namespace portcullis::sim
