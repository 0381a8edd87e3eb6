#include "libs/json/tape.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/base/strings.h"

namespace portcullis::json {
namespace {

TEST(TapeTest, GivesEveryValueItsBytes) {
  const std::string text = R"( {"a":"x\n", "b":[1, -2.5e3,true,null,{}],"c":{"d":false}} )";
  Tape tape;
  ASSERT_TRUE(tape.Parse(text).ok());
  const Node* a = tape.Find(tape.root(), "a");
  ASSERT_NE(a, nullptr);
  std::string scratch;
  EXPECT_EQ(tape.Raw(*a), R"("x\n")");
  EXPECT_EQ(tape.String(*a, &scratch), "x\n");
  std::vector<std::string> elements;
  for (const Node& element : tape.Children(*tape.Find(tape.root(), "b")))
    elements.emplace_back(tape.Raw(element));
  EXPECT_EQ(elements, (std::vector<std::string>{"1", "-2.5e3", "true", "null", "{}"}));
  EXPECT_EQ(tape.Raw(*tape.Find(tape.root(), "c")), R"({"d":false})");
  EXPECT_EQ(tape.Raw(tape.root()), std::string_view(text).substr(1, text.size() - 2));
}

TEST(TapeTest, KeepsDuplicatesAndReadsEscapedKeys) {
  Tape tape;
  ASSERT_TRUE(tape.Parse(R"({"m\u006fdel":1,"model":2})").ok());
  EXPECT_EQ(tape.CountKey(tape.root(), "model"), 2);
  EXPECT_EQ(tape.Integer(*tape.Find(tape.root(), "model")), 2);
}

TEST(TapeTest, ReadsWholeNumbersOnly) {
  Tape tape;
  ASSERT_TRUE(tape.Parse(R"([7,9007199254740992,9007199254740993,-1,1.0,1e3,"7"])").ok());
  std::vector<int64_t> values;
  for (const Node& node : tape.Children(tape.root())) values.push_back(tape.Integer(node));
  EXPECT_EQ(values, (std::vector<int64_t>{7, int64_t{1} << 53, -1, -1, -1, -1, -1}));
}

TEST(TapeTest, RefusesWhatIsNotStrictJsonAndSaysWhere) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "end of the document at byte 0"},
      {"{", "key in double quotes at byte 1"},
      {"{\"a\":1,}", "key in double quotes at byte 7"},
      {"[1,]", "invalid value at byte 3"},
      {"[1 2]", "expected ',' or ']' at byte 3"},
      {"{\"a\" 1}", "':' after the key at byte 5"},
      {"01", "leading zero"},
      {"1.", "end of the document"},
      {"+1", "invalid value"},
      {"nul", "unknown literal"},
      {"\"a", "string without an end"},
      {"\"\\x\"", "invalid escape"},
      {"\"\\u12g4\"", "invalid \\u escape"},
      {"\"\\ud800\"", "lone high surrogate"},
      {"\"\\ud800\\u0041\"", "lone high surrogate"},
      {"\"\\udc00\"", "lone low surrogate"},
      {std::string("\"\x01\""), "control character"},
      {"\"\xff\"", "not valid UTF-8"},
      {"1 1", "after the document at byte 2"},
      {"'a'", "invalid value"},
      {std::string("[1\0]", 4), "expected ','"},
  };
  for (const auto& [text, expected] : cases) {
    Tape tape;
    const absl::Status status = tape.Parse(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(base::Message(status).find(expected), std::string_view::npos) << text << " -> " << status;
  }
}

TEST(TapeTest, HoldsItsLimits) {
  Tape tape;
  EXPECT_TRUE(tape.Parse("[[[]]]", {.max_depth = 3}).ok());
  EXPECT_EQ(tape.Parse("[[[]]]", {.max_depth = 2}).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(tape.Parse("[1,2,3]", {.max_nodes = 3}).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(tape.Parse(std::string(100'000, '1')).ok());  // a gigantic number stays text
}

// Another parser must agree on every mutation of a document whether it is JSON at all.
TEST(TapeTest, AgreesWithAnotherParser) {
  const std::string seed =
      R"({"model":"m","messages":[{"role":"user","content":"h\u00e9\ud83d\ude00 \"q\""}],"n":-1.5E+2,"t":[true,false,null]})";
  const std::string bytes = "{}[],:\"\\0129.eE+-tfnu \x7f\x01";
  Tape tape;
  for (size_t at = 0; at < seed.size(); ++at) {
    for (char c : bytes) {
      std::string text = seed;
      text[at] = c;
      EXPECT_EQ(tape.Parse(text).ok(), nlohmann::json::accept(text)) << text;
    }
    EXPECT_EQ(tape.Parse(seed.substr(0, at)).ok(), nlohmann::json::accept(seed.substr(0, at)));
  }
}

}  // namespace
}  // namespace portcullis::json
