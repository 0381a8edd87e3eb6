#include "apps/sim/answer.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apps/sim/schema_sample.h"
#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

constexpr size_t kEchoBytes = 512;
constexpr size_t kMistralIdLength = 9;
constexpr size_t kOpenAiIdLength = 24;

std::string_view Excerpt(std::string_view text) { return text.substr(0, CodePointFloor(text, kEchoBytes)); }

std::string ToolCallId(const ModelCall& call, Provider provider, std::string_view name, size_t index) {
  const uint64_t hash = Hash(name, Hash(call.last_user, call.messages * 64 + index));
  if (provider == Provider::kMistral) return AlphanumericId(hash, kMistralIdLength);
  return base::StrCat("call_", AlphanumericId(hash, kOpenAiIdLength));
}

std::string SampleArguments(const ToolSpec& tool) {
  if (tool.parameters == nullptr) return "{}";
  const json::value sample = SampleOf(*tool.parameters, *tool.parameters);
  return sample.is_object() ? json::serialize(sample) : "{}";
}

const ToolSpec* ForcedTool(const ModelCall& call) {
  if (!call.tool_forced || call.after_tool || call.tools.empty()) return nullptr;
  if (call.forced_tool.empty()) return &call.tools.front();
  const auto it = std::find_if(call.tools.begin(), call.tools.end(),
                               [&](const ToolSpec& tool) { return tool.name == call.forced_tool; });
  return it == call.tools.end() ? nullptr : &*it;
}

std::string SampleText(const ModelCall& call, int index) {
  std::string text = call.after_tool ? base::StrCat("The tool answered: ", Excerpt(call.last_result))
                                     : base::StrCat("You wrote: ", Excerpt(call.last_user));
  if (index > 0) text += base::StrCat(" (choice ", index + 1, ")");
  return text;
}

std::string SampleContent(const ModelCall& call, int index) {
  if (call.format == Format::kJsonSchema && call.schema != nullptr) {
    return json::serialize(SampleOf(*call.schema, *call.schema));
  }
  std::string text = SampleText(call, index);
  return call.format == Format::kText ? text : base::StrCat(R"({"answer":)", JsonString(text), "}");
}

void CutAtStop(const std::vector<std::string>& stops, std::string& content) {
  size_t end = content.size();
  for (const std::string& stop : stops) end = std::min(end, content.find(stop));
  content.resize(end);
}

// Keeps the first `budget` tokens of `text`, takes what is used from the budget, and says whether all fitted.
bool KeepTokens(std::string& text, int64_t& budget) {
  size_t end = 0;
  while (end < text.size() && budget > 0) {
    end = TokenEnd(text, end);
    --budget;
  }
  if (end == text.size()) return true;
  text.resize(end);
  return false;
}

// Applies max_tokens and counts.
void Finish(const ModelCall& call, Answer& answer) {
  constexpr int64_t kNoLimit = int64_t{1} << 62;
  const int64_t limit = call.max_tokens.value_or(kNoLimit);
  int64_t budget = limit;
  bool whole = KeepTokens(answer.reasoning, budget);
  whole = KeepTokens(answer.content, budget) && whole;
  for (ToolCall& tool : answer.tool_calls) {
    budget = std::max<int64_t>(budget - 1, 0);  // the name
    whole = KeepTokens(tool.arguments, budget) && whole;
  }
  answer.tokens = limit - budget;
  answer.finish_reason = !whole ? "length" : answer.tool_calls.empty() ? "stop" : "tool_calls";
}

void CallTools(const ModelCall& call, const Directives& directives, Provider provider, Answer& answer) {
  if (call.after_tool) return;
  const auto add = [&](std::string_view name, std::string arguments) {
    std::string id = ToolCallId(call, provider, name, answer.tool_calls.size());
    answer.tool_calls.push_back({std::move(id), std::string(name), std::move(arguments)});
  };
  for (const ToolDirective& tool : directives.tools) add(tool.name, std::string(tool.arguments));
  if (!answer.tool_calls.empty()) return;
  if (const ToolSpec* tool = ForcedTool(call)) add(tool->name, SampleArguments(*tool));
}

}  // namespace

Answer MakeAnswer(const ModelCall& call, const Directives& directives, Provider provider, int index) {
  Answer answer;
  if (directives.think) answer.reasoning = *directives.think;
  if (directives.thinking) answer.reasoning = *directives.thinking;
  answer.reasoning_as_part = directives.thinking.has_value();
  CallTools(call, directives, provider, answer);
  if (answer.tool_calls.empty()) {
    answer.content = call.prefix;
    answer.content += directives.say ? std::string(*directives.say) : SampleContent(call, index);
    CutAtStop(call.stop, answer.content);
  }
  Finish(call, answer);
  return answer;
}

Answer MakeFimAnswer(const ModelCall& call, const Directives& directives) {
  Answer answer;
  answer.content = directives.say ? std::string(*directives.say)
                                  : base::StrCat("    return ", CountTokens(call.last_user), "\n");
  CutAtStop(call.stop, answer.content);
  Finish(call, answer);
  return answer;
}

}  // namespace portcullis::sim
