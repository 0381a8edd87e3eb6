#include "services/router/domain/attempt_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::router {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TargetOptions Target() {
  TargetOptions target;
  target.id = "main";
  target.api_key = "s3cret-key";
  return target;
}

AttemptVerdict Status(int status, std::string body = "") {
  UpstreamResult result;
  result.http_status = status;
  result.error_body = std::move(body);
  return JudgeAttempt(result, Target(), false);
}

AttemptVerdict Error(TransportError error, bool deadline_cut = false, bool reader_was_slow = false) {
  UpstreamResult result;
  result.error = error;
  result.reader_was_slow = reader_was_slow;
  return JudgeAttempt(result, Target(), deadline_cut);
}

TEST(AttemptVerdictTest, EachStatusHasItsMeaning) {
  struct Case {
    int status;
    Outcome outcome;
    NextStep next;
    CircuitResult circuit;
  };
  const Case cases[] = {
      {200, Outcome::kOk, NextStep::kEnd, CircuitResult::kSuccess},
      {204, Outcome::kOk, NextStep::kEnd, CircuitResult::kSuccess},
      {302, Outcome::kUpstreamError, NextStep::kNextTarget, CircuitResult::kFailure},
      {400, Outcome::kBadRequest, NextStep::kEnd, CircuitResult::kNeutral},
      {401, Outcome::kUpstreamAuth, NextStep::kNextTarget, CircuitResult::kNeutral},
      {402, Outcome::kUpstreamError, NextStep::kNextTarget, CircuitResult::kNeutral},
      {403, Outcome::kUpstreamAuth, NextStep::kNextTarget, CircuitResult::kNeutral},
      {404, Outcome::kBadRequest, NextStep::kEnd, CircuitResult::kNeutral},
      {408, Outcome::kTimeout, NextStep::kRetry, CircuitResult::kFailure},
      {413, Outcome::kBadRequest, NextStep::kEnd, CircuitResult::kNeutral},
      {422, Outcome::kBadRequest, NextStep::kEnd, CircuitResult::kNeutral},
      {429, Outcome::kRateLimited, NextStep::kRetry, CircuitResult::kNeutral},
      {500, Outcome::kUpstreamError, NextStep::kRetry, CircuitResult::kFailure},
      {501, Outcome::kUpstreamError, NextStep::kRetry, CircuitResult::kFailure},
      {502, Outcome::kUpstreamError, NextStep::kRetry, CircuitResult::kFailure},
      {503, Outcome::kUpstreamError, NextStep::kRetry, CircuitResult::kFailure},
      {504, Outcome::kUpstreamError, NextStep::kRetry, CircuitResult::kFailure},
      {529, Outcome::kUpstreamError, NextStep::kRetry, CircuitResult::kFailure},
  };
  for (const Case& c : cases) {
    const AttemptVerdict verdict = Status(c.status);
    EXPECT_EQ(verdict.outcome, c.outcome) << c.status;
    EXPECT_EQ(verdict.next, c.next) << c.status;
    EXPECT_EQ(verdict.circuit, c.circuit) << c.status;
  }
}

TEST(AttemptVerdictTest, ContextTooLongIsRecognised) {
  for (
      const char* body : {
          R"({"error":{"message":"x","code":"context_length_exceeded"}})",
          R"({"message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"})",
          R"({"error":{"message":"This model's maximum context length is 8192 tokens."}})",
      }) {
    EXPECT_EQ(Status(400, body).outcome, Outcome::kContextTooLong) << body;
  }
  EXPECT_EQ(Status(400, R"({"message":"bad role"})").outcome, Outcome::kBadRequest);
}

TEST(AttemptVerdictTest, ASpentQuotaIsNotWaitedFor) {
  const AttemptVerdict verdict = Status(429, R"({"error":{"message":"x","code":"insufficient_quota"}})");
  EXPECT_EQ(verdict.outcome, Outcome::kRateLimited);
  EXPECT_EQ(verdict.next, NextStep::kNextTarget);
}

TEST(AttemptVerdictTest, TransportErrors) {
  EXPECT_EQ(Error(TransportError::kConnect).outcome, Outcome::kConnectFailed);
  EXPECT_EQ(Error(TransportError::kConnect).next, NextStep::kRetry);
  EXPECT_EQ(Error(TransportError::kCertificate).next, NextStep::kNextTarget);
  EXPECT_EQ(Error(TransportError::kTimeout).outcome, Outcome::kTimeout);
  EXPECT_EQ(Error(TransportError::kTimeout).circuit, CircuitResult::kFailure);
  EXPECT_EQ(Error(TransportError::kCut).outcome, Outcome::kCut);
  EXPECT_EQ(Error(TransportError::kProtocol).outcome, Outcome::kUpstreamError);
  EXPECT_EQ(Error(TransportError::kLocal).outcome, Outcome::kOverloaded);
}

TEST(AttemptVerdictTest, ATimeoutOfTheCallersMakingSaysNothingAboutTheTarget) {
  EXPECT_EQ(Error(TransportError::kTimeout, true).circuit, CircuitResult::kNeutral);
  EXPECT_EQ(Error(TransportError::kTimeout, false, true).circuit, CircuitResult::kNeutral);
}

TEST(AttemptVerdictTest, MessagesNameTheTargetAndHideTheKey) {
  const AttemptVerdict bad = Status(422, R"({"message":"you sent s3cret-key"})");
  EXPECT_EQ(bad.message, "target main: the provider answered 422: you sent [hidden]");
  EXPECT_EQ(bad.cause, "the provider answered 422");
  const std::string refused = Status(401, R"({"message":"key ****-key is wrong"})").message;
  EXPECT_THAT(refused, HasSubstr("refused the gateway's key"));
  EXPECT_THAT(refused, Not(HasSubstr("****")));
}

}  // namespace
}  // namespace portcullis::router
