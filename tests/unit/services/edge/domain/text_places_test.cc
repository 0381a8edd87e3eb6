#include "services/edge/domain/text_places.h"

#include <gtest/gtest.h>

#include <map>

namespace portcullis::edge {
namespace {

using policy::Role;
using policy::SegmentKind;

struct Found {
  std::string text;
  Role role;
  SegmentKind kind;
  bool operator==(const Found&) const = default;
};

std::map<std::string, Found> Collect(const std::string& body, bool answer) {
  json::Tape tape;
  EXPECT_TRUE(tape.Parse(body).ok());
  const std::vector<TextPlace> places = answer ? AnswerText(tape) : RequestText(tape);
  std::vector<std::string> scratch;
  const std::vector<policy::Segment> segments = ToSegments(tape, places, &scratch);
  std::map<std::string, Found> found;
  for (size_t i = 0; i < places.size(); ++i) {
    found[PathOf(tape, places[i].node)] = {std::string(segments[i].text), segments[i].role, segments[i].kind};
  }
  return found;
}

TEST(RequestTextTest, FindsTextWhereverItHides) {
  const auto found = Collect(
      R"({"model":"m","user":"u1","messages":[)"
      R"({"role":"system","content":"s"},)"
      R"({"role":"user","name":"bob","content":[{"type":"text","text":"a\nb"},)"
      R"({"type":"image_url","image_url":{"url":"https://x.test/?q=1"}},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},)"
      R"({"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]},)"
      R"({"role":"assistant","content":null,"refusal":"no","tool_calls":[{"id":"c1","type":"function",)"
      R"("function":{"name":"f","arguments":"{\"x\":\"y\"}"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":"result","vendor":{"deep":["hidden"]}}],)"
      R"("tools":[{"type":"function","function":{"name":"f","description":"does"}}]})",
      false);
  const std::map<std::string, Found> expected = {
      {"user", {"u1", Role::kUser, SegmentKind::kText}},
      {"messages[0].content", {"s", Role::kSystem, SegmentKind::kText}},
      {"messages[1].name", {"bob", Role::kUser, SegmentKind::kText}},
      {"messages[1].content[0].text", {"a\nb", Role::kUser, SegmentKind::kText}},
      {"messages[1].content[1].image_url.url", {"https://x.test/?q=1", Role::kUser, SegmentKind::kText}},
      {"messages[1].content[3].input_audio.format", {"wav", Role::kUser, SegmentKind::kText}},
      {"messages[2].refusal", {"no", Role::kAssistant, SegmentKind::kText}},
      {"messages[2].tool_calls[0].id", {"c1", Role::kAssistant, SegmentKind::kText}},
      {"messages[2].tool_calls[0].function.name", {"f", Role::kAssistant, SegmentKind::kText}},
      {"messages[2].tool_calls[0].function.arguments",
       {R"({"x":"y"})", Role::kAssistant, SegmentKind::kJson}},
      {"messages[3].tool_call_id", {"c1", Role::kTool, SegmentKind::kText}},
      {"messages[3].content", {"result", Role::kTool, SegmentKind::kText}},
      {"messages[3].vendor.deep[0]", {"hidden", Role::kTool, SegmentKind::kText}},
      {"tools[0].function.name", {"f", Role::kSystem, SegmentKind::kText}},
      {"tools[0].function.description", {"does", Role::kSystem, SegmentKind::kText}},
  };
  EXPECT_EQ(found, expected);
}

TEST(RequestModalitiesTest, SeesImagesSoundAndTools) {
  const auto of = [](const std::string& body) {
    json::Tape tape;
    EXPECT_TRUE(tape.Parse(body).ok());
    return RequestModalities(tape);
  };
  using namespace policy;
  EXPECT_EQ(of(R"({"messages":[{"role":"user","content":"x"}]})"), kModalityText);
  EXPECT_EQ(of(R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}},)"
               R"({"type":"input_audio","input_audio":{}}]}]})"),
            kModalityText | kModalityImage | kModalityAudio);
  EXPECT_EQ(of(R"({"messages":[],"tools":[]})"), kModalityText | kModalityTools);
  EXPECT_EQ(of(R"({"messages":[{"role":"tool","content":"r"}]})"), kModalityText | kModalityTools);
  EXPECT_EQ(of(R"({"messages":[{"role":"assistant","tool_calls":[]}]})"), kModalityText | kModalityTools);
  EXPECT_EQ(of(R"({"prompt":"x","messages":5})"), kModalityText);
}

TEST(RequestTextTest, FindsFimFields) {
  const auto found = Collect(R"({"prompt":"p","suffix":"s"})", false);
  EXPECT_EQ(found.size(), 2u);
}

TEST(AnswerTextTest, LeavesOutEnvelopeAndLogprobs) {
  const auto found = Collect(
      R"({"id":"x","object":"chat.completion","model":"m","x_note":"n","choices":[{"index":0,"finish_reason":"stop",)"
      R"("message":{"role":"assistant","content":"c","reasoning_content":"r"},"logprobs":{"content":[{"token":"c"}]}}]})",
      true);
  std::vector<std::string> paths;
  for (const auto& [path, unused] : found) paths.push_back(path);
  EXPECT_EQ(paths, (std::vector<std::string>{"choices[0].finish_reason", "choices[0].message.content",
                                             "choices[0].message.reasoning_content", "x_note"}));
}

TEST(SpliceTest, PutsEditsBackBetweenUntouchedBytes) {
  const std::string body = R"({"messages":[{"role":"user","content":"x\u00e9\n card 4111","odd": 1.0e0 }]})";
  json::Tape tape;
  ASSERT_TRUE(tape.Parse(body).ok());
  const std::vector<TextPlace> places = RequestText(tape);
  ASSERT_EQ(places.size(), 1u);
  // Decoded text: x é(2 bytes) LF space card...: "é" is bytes 1-3, LF is byte 3, "4111" bytes 10-14.
  const std::vector<policy::Edit> edits = {{0, 2, 4, "\"q\""}, {0, 10, 14, "[CARD]"}};
  EXPECT_EQ(ApplySplices(body, ToSplices(tape, places, edits)),
            R"({"messages":[{"role":"user","content":"x\"q\" card [CARD]","odd": 1.0e0 }]})");
}

TEST(SpliceTest, DropsLogprobsOfTheEditedChoiceOnly) {
  const std::string body =
      R"({"choices":[{"message":{"content":"a"},"logprobs":{"t":"a"}},{"message":{"content":"b"},"logprobs":[2]}]})";
  json::Tape tape;
  ASSERT_TRUE(tape.Parse(body).ok());
  const std::vector<TextPlace> places = AnswerText(tape);
  const std::vector<policy::Edit> edits = {{1, 0, 1, "[X]"}};
  std::vector<Splice> splices = ToSplices(tape, places, edits);
  AppendLogprobSplices(tape, places, edits, &splices);
  EXPECT_EQ(
      ApplySplices(body, std::move(splices)),
      R"({"choices":[{"message":{"content":"a"},"logprobs":{"t":"a"}},{"message":{"content":"[X]"},"logprobs":null}]})");
}

}  // namespace
}  // namespace portcullis::edge
