#include "services/edge/domain/stream_editor.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

namespace portcullis::edge {
namespace {

using nlohmann::json;

// A guard with one rule: the word "secret" becomes "[X]". Holds back what may still become it.
class WordGuard {
 public:
  policy::GuardResult Check(const std::vector<policy::Piece>& pieces) {
    policy::GuardResult result;
    for (const policy::Piece& piece : pieces) {
      State& state = states_[piece.channel];
      state.text += piece.text;
      policy::Release release{piece.channel, 0, {}};
      uint32_t at = state.released;
      while (at < state.text.size()) {
        const std::string_view rest = std::string_view(state.text).substr(at);
        if (rest.starts_with(kWord)) {
          release.edits.push_back({piece.channel, at, at + static_cast<uint32_t>(kWord.size()), "[X]"});
          at += kWord.size();
        } else if (!piece.last && kWord.starts_with(rest)) {
          break;
        } else {
          ++at;
        }
      }
      release.end = state.released = at;
      result.releases.push_back(release);
    }
    return result;
  }

  static std::string Whole(std::string text) {
    for (size_t at; (at = text.find(kWord)) != std::string::npos;) text.replace(at, kWord.size(), "[X]");
    return text;
  }

 private:
  static constexpr std::string_view kWord = "secret";
  struct State {
    std::string text;
    uint32_t released = 0;
  };
  std::map<uint32_t, State> states_;
};

std::string Event(const json& value) { return "data: " + value.dump() + "\n\n"; }

// The delta of one tool call's arguments.
json ToolDelta(int index, const std::string& arguments) {
  const json call = {{"index", index}, {"function", {{"arguments", arguments}}}};
  return {{"tool_calls", json::array({call})}};
}

json Chunk(json delta, const json& finish = nullptr, int choice = 0) {
  const json entry = {{"index", choice}, {"delta", std::move(delta)}, {"finish_reason", finish}};
  return {{"id", "c1"}, {"choices", json::array({entry})}};
}

// What a client would have put together from the events in `text`.
struct Client {
  std::map<std::string, std::string> texts;
  std::vector<std::string> finishes;
  int events = 0;
  bool done = false;

  explicit Client(const std::string& text) {
    SseParser parser(1 << 20);
    EXPECT_TRUE(parser
                    .Feed(text,
                          [&](std::string_view data) {
                            Take(data);
                            return absl::OkStatus();
                          })
                    .ok());
    EXPECT_FALSE(parser.InEvent());
  }

  void Take(std::string_view data) {
    ++events;
    EXPECT_FALSE(done);
    if (data == "[DONE]") {
      done = true;
      return;
    }
    const json event = json::parse(data);
    for (const json& choice : event["choices"]) {
      const std::string name = std::to_string(choice["index"].get<int>());
      const json& delta = choice["delta"];
      if (delta.contains("content") && delta["content"].is_string()) texts[name] += delta["content"];
      if (delta.contains("tool_calls")) {
        for (const json& call : delta["tool_calls"]) {
          texts[name + ".tool" + std::to_string(call["index"].get<int>())] += call["function"]["arguments"];
        }
      }
      if (choice["finish_reason"].is_string()) finishes.push_back(name);
    }
  }
};

std::string Filter(const std::vector<std::string_view>& chunks) {
  StreamEditor editor(StreamLimits{});
  WordGuard guard;
  std::string out;
  for (std::string_view chunk : chunks) {
    EXPECT_TRUE(editor.Feed(chunk).ok());
    editor.Apply(guard.Check(editor.pieces()));
    editor.Take(false, &out);
  }
  editor.Finish();
  editor.Apply(guard.Check(editor.pieces()));
  editor.Take(true, &out);
  EXPECT_TRUE(editor.empty());
  return out;
}

TEST(StreamEditorTest, LeavesUntouchedEventsByteForByte) {
  const std::string stream =
      "data: {\"id\": \"c1\",  \"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"h\\u00e9 \"},"
      "\"index\":0,\"logprobs\":{\"content\":[]}, \"x_vendor\":1.0}]}\n\n"
      "data: {\"id\":\"c1\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\",\"index\":0}],"
      "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n"
      "data: [DONE]\n\n";
  EXPECT_EQ(Filter({stream}), stream);
}

TEST(StreamEditorTest, EditsAWordThatIsSplitOverEvents) {
  const std::string stream = Event(Chunk({{"content", "a se"}})) + Event(Chunk({{"content", "cr"}})) +
                             Event(Chunk({{"content", "et b"}})) + Event(Chunk(json::object(), "stop")) +
                             "data: [DONE]\n\n";
  const Client client(Filter({stream}));
  EXPECT_EQ(client.texts.at("0"), "a [X] b");
  EXPECT_EQ(client.finishes.size(), 1u);
  EXPECT_TRUE(client.done);
}

TEST(StreamEditorTest, SendsTheFreeWordsOfAnEventAtOnce) {
  StreamEditor editor(StreamLimits{});
  WordGuard guard;
  std::string out;
  ASSERT_TRUE(editor.Feed(Event(Chunk({{"content", "free words sec"}}))).ok());
  editor.Apply(guard.Check(editor.pieces()));
  editor.Take(false, &out);
  EXPECT_EQ(Client(out).texts.at("0"), "free words ");
  ASSERT_TRUE(editor.Feed(Event(Chunk({{"content", "ond"}}))).ok());
  editor.Apply(guard.Check(editor.pieces()));
  editor.Take(false, &out);
  EXPECT_EQ(Client(out).texts.at("0"), "free words second");
}

TEST(StreamEditorTest, HoldsTheEndUntilTheCallerIsReady) {
  StreamEditor editor(StreamLimits{});
  WordGuard guard;
  std::string out;
  ASSERT_TRUE(
      editor
          .Feed(Event(Chunk({{"content", "x"}})) + Event(Chunk(json::object(), "stop")) + "data: [DONE]\n\n")
          .ok());
  editor.Apply(guard.Check(editor.pieces()));
  editor.Take(false, &out);
  EXPECT_EQ(Client(out).finishes.size(), 0u);
  EXPECT_TRUE(editor.done());
  editor.Take(true, &out);
  EXPECT_EQ(Client(out).finishes.size(), 1u);
  EXPECT_TRUE(Client(out).done);
}

TEST(StreamEditorTest, OneChoiceDoesNotWaitForAnother) {
  StreamEditor editor(StreamLimits{});
  WordGuard guard;
  std::string out;
  ASSERT_TRUE(
      editor
          .Feed(Event(Chunk({{"content", "se"}}, nullptr, 0)) + Event(Chunk({{"content", "ok"}}, nullptr, 1)))
          .ok());
  editor.Apply(guard.Check(editor.pieces()));
  editor.Take(false, &out);
  EXPECT_EQ(Client(out).texts, (std::map<std::string, std::string>{{"1", "ok"}}));
}

TEST(StreamEditorTest, DropsLogprobsOfAnEditedEvent) {
  json chunk = Chunk({{"content", "secret"}});
  chunk["choices"][0]["logprobs"]["content"] = json::array({json{{"token", "secret"}}});
  const std::string out = Filter({Event(chunk) + "data: [DONE]\n\n"});
  EXPECT_EQ(out.find("secret"), std::string::npos) << out;
  EXPECT_NE(out.find("\"logprobs\":null"), std::string::npos) << out;
}

TEST(StreamEditorTest, ReadsUsageAndFinishReason) {
  StreamEditor editor(StreamLimits{});
  json chunk = Chunk(json::object(), "length");
  chunk["usage"] = {{"prompt_tokens", 7}, {"completion_tokens", 9}};
  ASSERT_TRUE(editor.Feed(Event(chunk)).ok());
  EXPECT_TRUE(editor.usage().known);
  EXPECT_EQ(editor.usage().tokens.completion, 9u);
  EXPECT_EQ(editor.finish_reason(), "length");
  EXPECT_EQ(editor.envelope(), "\"id\":\"c1\"");
}

TEST(StreamEditorTest, LeavesOutUsageThatNobodyAskedFor) {
  const json usage = {{"prompt_tokens", 7},
                      {"completion_tokens", 9},
                      {"prompt_tokens_details", {{"cached_tokens", 3}, {"cache_creation_tokens", 2}}},
                      {"completion_tokens_details", {{"reasoning_tokens", 4}}}};
  const std::string alone = Event({{"id", "c1"}, {"choices", json::array()}, {"usage", usage}});
  for (const bool show : {true, false}) {
    StreamEditor editor(StreamLimits{.show_usage = show});
    ASSERT_TRUE(editor.Feed(Event(Chunk(json::object(), "stop")) + alone + "data: [DONE]\n\n").ok());
    editor.Apply({});
    std::string out;
    editor.Take(true, &out);
    EXPECT_EQ(out.find("prompt_tokens") != std::string::npos, show) << out;
    EXPECT_TRUE(out.ends_with("data: [DONE]\n\n"));
    EXPECT_TRUE(editor.empty());
    const router::TokenUsage& tokens = editor.usage().tokens;
    EXPECT_TRUE(editor.usage().known);
    EXPECT_EQ(tokens.prompt, 7u);
    EXPECT_EQ(tokens.completion, 9u);
    EXPECT_EQ(tokens.cached_prompt, 3u);
    EXPECT_EQ(tokens.cache_write, 2u);
    EXPECT_EQ(tokens.reasoning, 4u);
  }
}

TEST(StreamEditorTest, UsageBesideAChoiceStays) {
  StreamEditor editor(StreamLimits{.show_usage = false});
  json last = Chunk(json::object(), "stop");
  last["usage"] = {{"prompt_tokens", 7}, {"completion_tokens", 9}};
  ASSERT_TRUE(editor.Feed(Event(last)).ok());
  editor.Apply({});
  std::string out;
  editor.Take(true, &out);
  EXPECT_EQ(out, Event(last));
}

TEST(StreamEditorTest, NamesItsChannels) {
  StreamEditor editor(StreamLimits{});
  ASSERT_TRUE(editor.Feed(Event(Chunk(ToolDelta(2, "{")))).ok());
  ASSERT_EQ(editor.pieces().size(), 1u);
  EXPECT_EQ(editor.ChannelPath(0), "choices[0].delta.tool_calls[2].function.arguments");
  EXPECT_EQ(editor.pieces()[0].kind, policy::SegmentKind::kJson);
}

TEST(StreamEditorTest, RefusesWhatIsNoStreamOfObjects) {
  for (std::string_view data : {"data: {\"a\":\n\n", "data: 7\n\n", "data: {\"a\":\"\xff\"}\n\n"}) {
    StreamEditor editor(StreamLimits{});
    EXPECT_EQ(editor.Feed(data).code(), absl::StatusCode::kInvalidArgument) << data;
  }
  StreamEditor editor(StreamLimits{});
  EXPECT_EQ(editor.Feed("data: {\"error\":{\"message\":\"x\"}}\n\n").code(), absl::StatusCode::kAborted);
  StreamEditor small(StreamLimits{.max_held_bytes = 10});
  EXPECT_EQ(small.Feed(Event(Chunk({{"content", "x"}}))).code(), absl::StatusCode::kResourceExhausted);
}

// Two choices and two tool calls, interleaved, their texts cut anywhere, the bytes cut anywhere.
TEST(StreamEditorTest, GivesTheSameTextsForEveryChunking) {
  const std::map<std::string, std::string> texts = {
      {"0", "the secret: se secre secretsecret \u00e9\U0001F600 \"q\"\n end sec"},
      {"1", "nothing to see, sir; secret"},
      {"0.tool0", R"({"a":"secret \"x\""})"},
      {"0.tool1", R"({"path":"C:\\secret\\"})"}};
  std::mt19937 rng(7);
  for (int round = 0; round < 300; ++round) {
    std::map<std::string, size_t> at;
    std::string stream;
    while (true) {
      std::vector<std::string> open;
      for (const auto& [name, text] : texts) {
        if (at[name] < text.size()) open.push_back(name);
      }
      if (open.empty()) break;
      const std::string& name = open[rng() % open.size()];
      size_t length = 1 + rng() % 7;
      const std::string& text = texts.at(name);
      while (at[name] + length < text.size() && (text[at[name] + length] & 0xC0) == 0x80) ++length;
      const std::string piece = text.substr(at[name], length);
      at[name] += length;
      const json delta = name.size() == 1 ? json{{"content", piece}} : ToolDelta(name.back() - '0', piece);
      stream += "data: " + Chunk(delta, nullptr, name[0] - '0').dump(-1, ' ', rng() % 2 == 0) + "\n\n";
    }
    stream += Event(Chunk(json::object(), "stop", 0)) + Event(Chunk(json::object(), "stop", 1)) +
              "data: [DONE]\n\n";
    std::vector<std::string_view> chunks;
    for (size_t from = 0; from < stream.size();) {
      const size_t length = 1 + rng() % 400;
      chunks.push_back(std::string_view(stream).substr(from, length));
      from += length;
    }
    const Client client(Filter(chunks));
    for (const auto& [name, text] : texts) EXPECT_EQ(client.texts.at(name), WordGuard::Whole(text)) << name;
    EXPECT_EQ(client.finishes.size(), 2u);
    EXPECT_TRUE(client.done);
  }
}

}  // namespace
}  // namespace portcullis::edge
