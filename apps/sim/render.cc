#include "apps/sim/render.h"

#include <algorithm>

#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

constexpr size_t kArgumentPiece = 12;  // bytes of arguments in an OpenAI delta when no chunk size is set

void AppendUsage(std::string& out, const Usage& usage) {
  out += base::StrCat(R"("usage":{"prompt_tokens":)", usage.prompt_tokens, R"(,"completion_tokens":)",
                      usage.completion_tokens, R"(,"total_tokens":)",
                      usage.prompt_tokens + usage.completion_tokens, "}");
}

// {"id":...,"object":...,"created":...,"model":...,"choices":[
std::string Head(const RenderOptions& options, std::string_view object) {
  return base::StrCat(R"({"id":)", JsonString(options.id), R"(,"object":")", object, R"(","created":)",
                      options.created, R"(,"model":)", JsonString(options.model), R"(,"choices":[)");
}

void AppendToolCalls(std::string& out, const std::vector<ToolCall>& calls) {
  out += R"("tool_calls":[)";
  for (size_t i = 0; i < calls.size(); ++i) {
    out += base::StrCat(i == 0 ? "" : ",", R"({"id":")", calls[i].id,
                        R"(","type":"function","function":{"name":)", JsonString(calls[i].name),
                        R"(,"arguments":)", JsonString(calls[i].arguments), R"(},"index":)", i, "}");
  }
  out += ']';
}

// {"type":"thinking",...}
std::string ThinkingPart(std::string_view text) {
  return base::StrCat(R"({"type":"thinking","thinking":[{"type":"text","text":)", JsonString(text), "}]}");
}

void AppendContent(std::string& out, Provider provider, const Answer& answer) {
  if (answer.reasoning_as_part) {
    out += base::StrCat("[", ThinkingPart(answer.reasoning), R"(,{"type":"text","text":)",
                        JsonString(answer.content), "}]");
  } else if (answer.content.empty() && !answer.tool_calls.empty() && provider != Provider::kMistral) {
    out += "null";
  } else {
    AppendJsonString(out, answer.content);
  }
}

void AppendChoice(std::string& out, Provider provider, const Answer& answer, size_t index) {
  out += base::StrCat(R"({"index":)", index, R"(,"message":{"role":"assistant","content":)");
  AppendContent(out, provider, answer);
  if (!answer.reasoning.empty() && !answer.reasoning_as_part) {
    out += R"(,"reasoning_content":)";
    AppendJsonString(out, answer.reasoning);
  }
  if (!answer.tool_calls.empty()) {
    out += ',';
    AppendToolCalls(out, answer.tool_calls);
  } else if (provider == Provider::kMistral) {
    out += R"(,"tool_calls":null)";
  }
  out += base::StrCat(R"(},"finish_reason":")", answer.finish_reason, R"(","logprobs":null})");
}

// The end of the delta that starts at `from`: a word, or `chunk` bytes without splitting a code point.
size_t DeltaEnd(std::string_view text, size_t from, size_t chunk) {
  if (chunk == 0) return TokenEnd(text, from);
  return std::max(CodePointFloor(text, from + chunk), CodePointEnd(text, from));
}

// The deltas of one choice, as the inside of `"delta":{...}`.
struct Delta {
  std::string json;
  int tokens = 0;
};

class DeltaList {
 public:
  DeltaList(Provider provider, size_t chunk) : provider_(provider), chunk_(chunk) {}

  std::vector<Delta> Make(const Answer& answer) {
    Add(R"("role":"assistant","content":"")", 0);
    if (answer.reasoning_as_part) {
      AddText(answer.reasoning, [](std::string_view piece) {
        return base::StrCat(R"("content":[)", ThinkingPart(piece), "]");
      });
    } else {
      AddText(answer.reasoning, [](std::string_view piece) {
        return base::StrCat(R"("reasoning_content":)", JsonString(piece));
      });
    }
    AddText(answer.content,
            [](std::string_view piece) { return base::StrCat(R"("content":)", JsonString(piece)); });
    for (size_t i = 0; i < answer.tool_calls.size(); ++i) AddToolCall(answer.tool_calls[i], i);
    return std::move(deltas_);
  }

 private:
  void Add(std::string json, int tokens) { deltas_.push_back({std::move(json), tokens}); }

  // Bytes of a cut word share its one token: the first piece carries it.
  template <typename Render>
  void AddText(std::string_view text, Render render) {
    for (size_t at = 0, word_end = 0; at < text.size();) {
      const size_t end = DeltaEnd(text, at, chunk_);
      int tokens = 0;
      for (; word_end < end; word_end = TokenEnd(text, word_end)) ++tokens;
      Add(render(text.substr(at, end - at)), tokens);
      at = end;
    }
  }

  void AddToolCall(const ToolCall& call, size_t index) {
    const bool whole = provider_ == Provider::kMistral && chunk_ == 0;
    std::string start =
        base::StrCat(R"("tool_calls":[{"id":")", call.id, R"(","type":"function","function":{"name":)",
                     JsonString(call.name), R"(,"arguments":)", JsonString(whole ? call.arguments : ""),
                     R"(},"index":)", index, "}]");
    Add(std::move(start), 1 + (whole ? static_cast<int>(CountTokens(call.arguments)) : 0));
    if (whole) return;
    const std::string_view name = provider_ == Provider::kMistral ? R"("name":"",)" : "";
    const size_t piece = chunk_ == 0 ? kArgumentPiece : chunk_;
    for (size_t at = 0; at < call.arguments.size();) {
      const size_t end = DeltaEnd(call.arguments, at, piece);
      Add(base::StrCat(R"("tool_calls":[{"index":)", index, R"(,"function":{)", name, R"("arguments":)",
                       JsonString(std::string_view(call.arguments).substr(at, end - at)), "}}]"),
          1);
      at = end;
    }
  }

  const Provider provider_;
  const size_t chunk_;
  std::vector<Delta> deltas_;
};

class StreamWriter {
 public:
  explicit StreamWriter(const RenderOptions& options)
      : options_(options), head_("data: " + Head(options, "chat.completion.chunk")) {}

  void Chunk(size_t choice, const Delta& delta) {
    Open(choice, delta.json);
    if (options_.provider == Provider::kAzure) out_.bytes += R"("content_filter_results":{},)";
    out_.bytes += R"("finish_reason":null,"logprobs":null}])";
    Close(false, delta.tokens);
  }

  void Finish(size_t choice, std::string_view reason, bool last) {
    Open(choice, options_.provider == Provider::kMistral ? R"("content":"")" : "");
    out_.bytes += base::StrCat(R"("finish_reason":")", reason, R"(","logprobs":null}])");
    Close(last && options_.provider == Provider::kMistral && options_.with_usage, 0);
  }

  // Azure begins with what its filter thought of the prompt, without any choice.
  void PromptFilterResults() {
    out_.bytes +=
        R"(data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,)"
        R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]})";
    End("\n\n", 0);
  }

  void UsageChunk() {
    out_.bytes += head_;
    out_.bytes += "],";
    AppendUsage(out_.bytes, options_.usage);
    End("}\n\n", 0);
  }

  EventStream Done() {
    if (options_.done) End("data: [DONE]\n\n", 0);
    return std::move(out_);
  }

 private:
  void Open(size_t choice, std::string_view delta) {
    out_.bytes += head_;
    out_.bytes += base::StrCat(R"({"index":)", choice, R"(,"delta":{)", delta, "},");
  }

  void Close(bool usage, int tokens) {
    if (usage) {
      out_.bytes += ',';
      AppendUsage(out_.bytes, options_.usage);
    } else if (options_.provider != Provider::kMistral && options_.include_usage) {
      out_.bytes += R"(,"usage":null)";
    }
    End("}\n\n", tokens);
  }

  void End(std::string_view tail, int tokens) {
    out_.bytes += tail;
    out_.ends.push_back({out_.bytes.size(), tokens});
  }

  const RenderOptions& options_;
  const std::string head_;
  EventStream out_;
};

}  // namespace

std::string RenderCompletion(const RenderOptions& options, const std::vector<Answer>& answers) {
  std::string out = Head(options, "chat.completion");
  for (size_t i = 0; i < answers.size(); ++i) {
    if (i > 0) out += ',';
    AppendChoice(out, options.provider, answers[i], i);
  }
  out += ']';
  if (options.with_usage) {
    out += ',';
    AppendUsage(out, options.usage);
  }
  return out + "}";
}

EventStream RenderStream(const RenderOptions& options, const std::vector<Answer>& answers) {
  std::vector<std::vector<Delta>> deltas;
  size_t longest = 0;
  for (const Answer& answer : answers) {
    deltas.push_back(DeltaList(options.provider, options.chunk).Make(answer));
    longest = std::max(longest, deltas.back().size());
  }
  StreamWriter writer(options);
  if (options.provider == Provider::kAzure) writer.PromptFilterResults();
  size_t open = answers.size();
  for (size_t step = 0; step <= longest; ++step) {
    for (size_t i = 0; i < answers.size(); ++i) {
      if (step < deltas[i].size()) writer.Chunk(i, deltas[i][step]);
      if (step == deltas[i].size()) writer.Finish(i, answers[i].finish_reason, --open == 0);
    }
  }
  if (options.provider != Provider::kMistral && options.include_usage && options.with_usage)
    writer.UsageChunk();
  return writer.Done();
}

}  // namespace portcullis::sim
