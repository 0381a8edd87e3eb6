#include "services/edge/adapters/pipeline/capture.h"

#include <gmock/gmock.h>

#include "tests/unit/services/edge/adapters/pipeline/pipeline_fixture.h"

namespace portcullis::edge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAnswer[] =
    R"({"choices":[{"index":0,"message":{"content":"a secret answer"},"finish_reason":"stop"}]})";

class CaptureTest : public PipelineTest {
 protected:
  void Answers(const char* content_type, std::string body) {
    router_.script = {[content_type](router::CallObserver& observer) {
                        router::ResponseHead head;
                        head.http_status = 200;
                        head.content_type = content_type;
                        head.target = "t1";
                        observer.OnHead(head);
                      },
                      [body = std::move(body)](router::CallObserver& observer) { observer.OnData(body); },
                      [](router::CallObserver& observer) {
                        router::CallSummary summary;
                        summary.outcome = router::Outcome::kOk;
                        summary.target = "t1";
                        observer.OnDone(summary);
                      }};
  }
  void AnswersWhole() { Answers("application/json", kAnswer); }
  // What lies beside each leaf, as "part:text", one after the other.
  std::vector<std::string> Beside() const {
    std::vector<std::string> all;
    for (const auto& texts : journal_.texts) {
      std::string beside;
      for (const audit::ContentText& text : texts)
        beside += text.part + ":" + text.text + (text.truncated ? "..." : "");
      all.push_back(beside);
    }
    return all;
  }
  double Count(const char* direction, const char* result) {
    return metrics_.Value("portcullis_audit_contents_total", {{"direction", direction}, {"result", result}});
  }
};

TEST_F(CaptureTest, NothingIsCapturedUnlessItIsAskedFor) {
  AnswersWhole();
  Run("hello");
  EXPECT_THAT(Beside(), ElementsAre("", ""));
  EXPECT_EQ(metrics_.Total("portcullis_audit_contents_total"), 0);
}

TEST_F(CaptureTest, RedactedTextsAreThoseThatWentOn) {
  options_.capture = {true, true, false, 1000};
  AnswersWhole();
  Run("a secret question");
  ASSERT_EQ(Beside().size(), 2u);
  EXPECT_THAT(Beside()[0], HasSubstr("a [X] question"));
  EXPECT_EQ(Beside()[1], "output:" + sink_.body);
  EXPECT_THAT(sink_.body, HasSubstr("a [X] answer"));
  EXPECT_EQ(Count("input", "whole"), 1);
  EXPECT_EQ(Count("output", "whole"), 1);
  EXPECT_EQ(metrics_.Value("portcullis_audit_content_bytes_total", {{"direction", "output"}}),
            static_cast<double>(sink_.body.size()));
}

TEST_F(CaptureTest, ARedactedRequestThatIsBlockedIsNotKept) {
  options_.capture = {true, true, false, 1000};
  Run("forbidden");
  EXPECT_THAT(Beside(), ElementsAre(""));
  EXPECT_EQ(Count("input", "refused"), 1);
}

TEST_F(CaptureTest, AnUnseenRequestIsNotKeptAsRedacted) {
  options_.capture = {true, false, false, 1000};
  policy_.status = absl::UnavailableError("away");
  live_.serve_without_policy = true;
  AnswersWhole();
  Run("a secret question");
  EXPECT_THAT(Beside(), ElementsAre("", ""));
  EXPECT_EQ(Count("input", "refused"), 1);
}

TEST_F(CaptureTest, EncryptedRequestsAreKeptAsTheyCameTheBlockedToo) {
  options_.capture = {true, false, true, 1000};
  AnswersWhole();
  Run("a secret question");
  Run("forbidden");
  ASSERT_EQ(Beside().size(), 3u);
  EXPECT_THAT(Beside()[0], HasSubstr("a secret question"));
  EXPECT_EQ(Beside()[1], "");
  EXPECT_THAT(Beside()[2], HasSubstr("forbidden"));
  EXPECT_EQ(Count("input", "refused"), 0);
}

TEST_F(CaptureTest, AStreamIsKeptAsItWasSent) {
  options_.capture = {false, true, false, 1000};
  Answers("text/event-stream",
          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"secret\"},\"finish_reason\":null}]}\n\n"
          "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
  Run("hello", true);
  EXPECT_THAT(Beside(), ElementsAre("", "output:" + sink_.body));
  EXPECT_THAT(sink_.body, HasSubstr("[X]"));
}

TEST_F(CaptureTest, ATextIsCutAtTheBoundAndNotWithinACharacter) {
  options_.capture = {true, true, true, 40};
  AnswersWhole();
  Run("hello");
  ASSERT_EQ(Beside().size(), 2u);
  EXPECT_EQ(Beside()[1], "output:" + sink_.body.substr(0, 40) + "...");
  EXPECT_EQ(Count("input", "truncated"), 1);

  const audit::CaptureRules rules{true, true, true, 4};
  CaptureCounters input(metrics_, "input"), output(metrics_, "output");
  Capture capture({rules, input, output});
  capture.Received("ab\xe2\x82\xac");
  capture.Sent("abc");
  capture.Sent("d");
  const auto texts = capture.Take();
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts[0].text, "ab");
  EXPECT_TRUE(texts[0].truncated);
  EXPECT_EQ(texts[1].text, "abcd");
  EXPECT_FALSE(texts[1].truncated);
  EXPECT_THAT(capture.Take(), IsEmpty());
}

}  // namespace
}  // namespace portcullis::edge
