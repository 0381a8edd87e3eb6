// Answers on their way back from Mistral.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/router/domain/dialect/dialect_testing.h"

namespace portcullis::router {
namespace {

using test::Pass;
using ::testing::HasSubstr;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream; charset=utf-8";

std::unique_ptr<AnswerAdapter> Mistral(bool stream) {
  return MakeAnswerAdapter({Dialect::kMistral, OnUnsupported::kRefuse}, stream, 0);
}

std::string PassWhole(std::string_view body) {
  const auto adapter = Mistral(false);
  const test::PassedOn passed = Pass(*adapter, kJson, body);
  return passed.status.ok() ? passed.bytes : "failed: " + std::string(passed.status.message());
}

TEST(MistralAnswer, ModelLengthIsLength) {
  EXPECT_EQ(
      PassWhole(
          R"({"choices":[{"message":{"content":"\"model_length\""},"finish_reason": "model_length"}]})"),
      R"({"choices":[{"message":{"content":"\"model_length\""},"finish_reason": "length"}]})");
  const std::string text = R"({"choices":[{"message":{"content":"model_length"},"finish_reason":"stop"}]})";
  EXPECT_EQ(PassWhole(text), text);
}

TEST(MistralAnswer, WhatIsNoAnswerFails) {
  EXPECT_EQ(PassWhole(""), "failed: the answer is empty");
  EXPECT_EQ(PassWhole("  \n"), "failed: the answer is no JSON object");
  EXPECT_EQ(PassWhole("<html></html>"), "failed: the answer is no JSON object");
  EXPECT_EQ(PassWhole(R"({"choices":[{"mess)"), "failed: the answer is no JSON object");
}

TEST(MistralAnswer, AStreamPassesByteForByteHoweverItIsSplit) {
  const std::string stream =
      ": ping\n\ndata: "
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"model_length\"},\"finish_reason\":null}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"model_length\"}]}\r\n\r\ndata: "
      "[DONE]\n\n";
  const std::string expected =
      "data: "
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"model_length\"},\"finish_reason\":null}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n";
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    const auto adapter = Mistral(true);
    const test::PassedOn passed = Pass(*adapter, kEvents, stream, {cut});
    EXPECT_TRUE(passed.status.ok()) << cut;
    EXPECT_EQ(passed.bytes, expected) << cut;
  }
}

TEST(MistralAnswer, AStreamThatIsNoneFailsBeforeAnythingPasses) {
  const auto fails = [](std::string_view type, std::string_view bytes, const char* why) {
    const auto adapter = Mistral(true);
    const test::PassedOn passed = Pass(*adapter, type, bytes);
    EXPECT_THAT(std::string(passed.status.message()), HasSubstr(why));
    EXPECT_EQ(passed.bytes, "");
  };
  fails("text/html", "<html>", "no stream of events");
  fails(kEvents, "", "empty");
  fails(kEvents, ": ping\n\n", "empty");
  fails(kEvents, "data: {\"id\n\n", "no JSON object");
  fails(kEvents, "data: {\"error\":{\"message\":\"too busy\"}}\n\n", "begins with an error: too busy");
}

TEST(MistralAnswer, ALineThatIsNoFieldEndsTheStreamWithAnError) {
  const auto adapter = Mistral(true);
  const test::PassedOn passed = Pass(*adapter, kEvents, "data: {}\n\ndta {\"cho\n:\n\ndata: [DONE]\n\n");
  EXPECT_THAT(std::string(passed.status.message()), HasSubstr("no field of an event"));
  EXPECT_EQ(passed.bytes, "data: {}\n\n");
}

TEST(MistralAnswer, HalfAnEventAtTheEndIsShown) {
  const auto adapter = Mistral(true);
  const test::PassedOn passed = Pass(*adapter, kEvents, "data: {}\n\ndata: {\"cho");
  EXPECT_TRUE(passed.status.ok());
  EXPECT_EQ(passed.bytes, "data: {}\n\ndata: {\"cho");
}

TEST(MistralAnswer, AnEventWithoutEndIsBounded) {
  const auto adapter = Mistral(true);
  std::string out;
  ASSERT_TRUE(adapter->Begin(kEvents).ok());
  absl::Status status;
  for (int i = 0; i < 20 && status.ok(); ++i) status = adapter->Feed(std::string(100'000, 'x'), &out);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace portcullis::router
