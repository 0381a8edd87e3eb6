#include "services/edge/adapters/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/unit/services/edge/adapters/pipeline/pipeline_fixture.h"

namespace portcullis::edge {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAnswer[] =
    R"({"id":"a1","choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":7,"completion_tokens":2}, "x_vendor": 1.50})";

std::string Delta(const std::string& text) {
  return "data: {\"id\":\"s1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text +
         "\"},\"finish_reason\":null}]}\n\n";
}
constexpr char kStop[] =
    "data: {\"id\":\"s1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";

FakeRouter::Script Head(std::string content_type) {
  return [content_type = std::move(content_type)](router::CallObserver& observer) {
    observer.OnHead({200,
                     content_type,
                     "t1",
                     "mistral",
                     "m-large",
                     1,
                     router::Pricing{2.0, 6.0},
                     {"verbosity", "store"}});
  };
}
FakeRouter::Script Data(std::string bytes) {
  return [bytes = std::move(bytes)](router::CallObserver& observer) { observer.OnData(bytes); };
}
FakeRouter::Script End(router::Outcome outcome = router::Outcome::kOk) {
  return [outcome](router::CallObserver& observer) {
    router::CallSummary summary;
    summary.outcome = outcome;
    summary.message = outcome == router::Outcome::kOk ? "" : "the provider failed";
    summary.target = "t1";
    summary.attempts = {{"t1", "m-large", outcome, 200, 5}};
    observer.OnDone(summary);
  };
}

TEST_F(PipelineTest, PassesACleanAnswerByteForByteAndRecordsBeforeItLeaves) {
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("hello");
  EXPECT_EQ(sink_.status, 200);
  EXPECT_EQ(sink_.body, kAnswer);
  EXPECT_THAT(events_, ElementsAre("policy.open", "journal.intent", "router.start", "policy.check_output",
                                   "policy.close", "journal.outcome", "sink.send", "router.end"));
  EXPECT_EQ(sink_.Header("x-portcullis-target"), "t1");
  EXPECT_EQ(sink_.Header("x-portcullis-cost-usd"), "0.000026");
  EXPECT_EQ(Last().outcome, "ok");
  EXPECT_EQ(Last().prompt_tokens, 7u);
  EXPECT_EQ(Last().intent, (audit::LeafId{"spool", 1}));
  EXPECT_EQ(Last().bundle, "bundle1");
  EXPECT_EQ(Last().request_id, sink_.Header("x-request-id"));
  EXPECT_EQ(metrics_.Total("portcullis_unscanned_text_bytes_total"), 0);
  EXPECT_EQ(metrics_.Total("portcullis_requests_total"), 1);
}

TEST_F(PipelineTest, TheSpanOfARequestHasItsFactsAndNoText) {
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("a secret question");
  ASSERT_THAT(tracer_.names(), ElementsAre("audit record", "POST /v1/chat/completions"));
  const telemetry::Span record = tracer_.spans()[0];
  const telemetry::Span root = tracer_.spans()[1];
  EXPECT_EQ(record.parent_id, root.id);
  EXPECT_EQ(root.kind, telemetry::SpanKind::kServer);
  EXPECT_EQ(root.parent_id, telemetry::Span().parent_id);
  EXPECT_FALSE(root.failed);
  using portcullis::testing::NumberOf;
  using portcullis::testing::TextOf;
  EXPECT_EQ(NumberOf(root, "http.response.status_code"), 200);
  EXPECT_EQ(NumberOf(root, "gen_ai.usage.input_tokens"), 7);
  EXPECT_EQ(TextOf(root, "gen_ai.operation.name"), "chat");
  EXPECT_EQ(TextOf(root, "gen_ai.request.model"), "m");
  EXPECT_EQ(TextOf(root, "portcullis.request_id"), Last().request_id);
  for (const auto& [name, value] : root.attributes) {
    const std::string* text = std::get_if<std::string>(&value);
    EXPECT_TRUE(text == nullptr || text->find("secret") == std::string::npos) << name;
  }
}

TEST_F(PipelineTest, TheSpanHasTheModelThatTheAnswerNames) {
  using portcullis::testing::TextOf;
  router_.script = {Head("application/json"), Data(R"({"model":"m-2026-05","choices":[]})"), End()};
  Run("hello");
  EXPECT_EQ(TextOf(tracer_.spans().back(), "gen_ai.response.model"), "m-2026-05");
  router_.script = {Head("text/event-stream"),
                    Data("data: {\"model\":\"m-2026-06\",\"choices\":[]}\n\ndata: [DONE]\n\n"), End()};
  Run("hello", true);
  EXPECT_EQ(TextOf(tracer_.spans().back(), "gen_ai.response.model"), "m-2026-06");
  router_.script = {Head("application/json"), Data(R"({"model":7,"choices":[]})"), End()};
  Run("hello");
  EXPECT_FALSE(portcullis::testing::AttributeOf(tracer_.spans().back(), "gen_ai.response.model"));
}

TEST_F(PipelineTest, TellsWhatWasDroppedAndWhatIsAnEstimate) {
  router_.script = {Head("application/json"),
                    Data(R"({"choices":[{"message":{"content":"eight by"},"finish_reason":"stop"}]})"),
                    End()};
  Run("hello");
  EXPECT_EQ(sink_.Header("x-portcullis-dropped"), "verbosity,store");
  EXPECT_EQ(sink_.Header("x-portcullis-cost-estimated"), "true");
  EXPECT_TRUE(Last().tokens_estimated);
  EXPECT_EQ(metrics_.Total("portcullis_cost_unknown_total"), 0);
}

TEST_F(PipelineTest, AnUnknownPriceIsUnknown) {
  router_.script = {[](router::CallObserver& observer) {
                      router::ResponseHead head;
                      head.http_status = 200;
                      head.target = "t1";
                      observer.OnHead(head);
                    },
                    Data(kAnswer), End()};
  Run("hello");
  EXPECT_EQ(sink_.Header("x-portcullis-cost-usd"), "unknown");
  EXPECT_EQ(Last().cost_usd, std::nullopt);
  EXPECT_EQ(metrics_.Total("portcullis_cost_unknown_total"), 1);
  EXPECT_EQ(metrics_.Total("portcullis_cost_usd_total"), 0);
}

// The whole way: usage in the provider's answer, price of its target, header, audit record, metric.
TEST_F(PipelineTest, CostAgreesInHeaderRecordAndMetricOverAHundredThousandRequests) {
  const LiveSource live(std::make_shared<const LiveSettings>(live_));
  Pipeline pipeline(options_,
                    {io_.get_executor(), policy_, router_, journal_, live, clock_, rng_, metrics_, logger_});
  const router::Pricing prices[] = {{2, 6}, {0.15, 0.6, 0.075}, {1.25, 10, 0.125}, {0.000333, 0.7777}};
  uint64_t from_headers = 0, from_records = 0;
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t prompt = rng_.Next() % 20'000;
    const uint64_t completion = rng_.Next() % 4'000;
    const json answer = {
        {"choices", json::array({json{{"message", {{"content", "x"}}}, {"finish_reason", "stop"}}})},
        {"usage",
         {{"prompt_tokens", prompt},
          {"completion_tokens", completion},
          {"prompt_tokens_details", {{"cached_tokens", prompt / 3}}}}}};
    const router::Pricing& price = prices[i % 4];
    router_.script = {[&price](router::CallObserver& observer) {
                        observer.OnHead({200, "application/json", "t1", "mistral", "m-large", 1, price, {}});
                      },
                      Data(answer.dump()), End()};
    RunBody(pipeline, R"({"model":"m","messages":[{"role":"user","content":"x"}]})");
    io_.restart();
    const std::optional<uint64_t> header = router::ParseUsd(sink_.Header("x-portcullis-cost-usd"));
    const auto record = static_cast<uint64_t>(std::llround(Last().cost_usd.value() * 1e9));
    ASSERT_EQ(header, record);
    ASSERT_EQ(record, router::CostNanoUsd(price, {prompt, completion, prompt / 3}));
    from_headers += *header;
    from_records += record;
    events_.clear();
    journal_.records.clear();
  }
  EXPECT_EQ(from_headers, from_records);
  EXPECT_NEAR(metrics_.Total("portcullis_cost_usd_total"), static_cast<double>(from_records) / 1e9, 0.005);
}

TEST_F(PipelineTest, RedactsTheRequestAndKeepsTheModelsPlace) {
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("a secret b");
  const std::string& sent = router_.last_request.body;
  EXPECT_THAT(sent, HasSubstr("a [X] b"));
  EXPECT_EQ(sent.substr(router_.last_request.model_begin,
                        router_.last_request.model_end - router_.last_request.model_begin),
            "\"m\"");
  EXPECT_EQ(sink_.Header("x-portcullis-verdict"), "redact");
  EXPECT_EQ(sink_.Header("x-portcullis-policies"), "pii-detector");
  ASSERT_EQ(Last().findings.size(), 1u);
  EXPECT_EQ(Last().findings[0].path, "messages[0].content");
}

TEST_F(PipelineTest, BlocksARequestBeforeTheUpstream) {
  Run("forbidden");
  EXPECT_EQ(sink_.status, 400);
  EXPECT_EQ(ErrorCode(), "input_blocked");
  EXPECT_EQ(sink_.Header("x-should-retry"), "false");
  EXPECT_THAT(events_, ElementsAre("policy.open", "journal.outcome", "sink.send"));
  EXPECT_EQ(Last().outcome, "blocked");
  EXPECT_EQ(Last().policy, "safety-filter");
}

TEST_F(PipelineTest, BlocksAndRedactsAnswers) {
  std::string answer = kAnswer;
  answer.replace(answer.find("fine"), 4, "secret!");
  router_.script = {Head("application/json"), Data(answer), End()};
  Run("hello");
  EXPECT_THAT(sink_.body, HasSubstr("[X]!"));
  EXPECT_THAT(sink_.body, Not(HasSubstr("secret")));
  EXPECT_EQ(Last().verdict, "redact");

  io_.restart();
  answer.replace(answer.find("secret!"), 7, "forbidden");
  router_.script = {Head("application/json"), Data(answer), End()};
  Run("hello");
  EXPECT_EQ(sink_.status, 400);
  EXPECT_EQ(ErrorCode(), "output_blocked");
  EXPECT_EQ(Last().completion_tokens, 2u) << "what was used is accounted for";
}

TEST_F(PipelineTest, TellsThePoliciesWhatTheirConditionsLookAt) {
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  live_.policy_headers = {"x-team"};
  live_.modalities = true;
  Run("hello");
  ASSERT_EQ(policy_.headers.size(), 1u);
  EXPECT_EQ(policy_.headers[0].value, "legal");
  EXPECT_EQ(policy_.modalities, policy::kModalityText);
  EXPECT_EQ(policy_.target, "t1");
}

TEST_F(PipelineTest, SendsNoHeaderThatNoConditionNames) {
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("hello");
  EXPECT_TRUE(policy_.headers.empty());
}

TEST_F(PipelineTest, RecordsWhatItCannotParse) {
  const LiveSource live(std::make_shared<const LiveSettings>(live_));
  Pipeline pipeline(options_,
                    {io_.get_executor(), policy_, router_, journal_, live, clock_, rng_, metrics_, logger_});
  RunBody(pipeline, "{\"model\":");
  EXPECT_EQ(sink_.status, 400);
  EXPECT_EQ(ErrorCode(), "invalid_json");
  EXPECT_THAT(events_, ElementsAre("journal.outcome", "sink.send"));
  EXPECT_EQ(Last().outcome, "rejected");
  EXPECT_EQ(Last().reason_code, "invalid_json");
}

TEST_F(PipelineTest, StreamsAndHoldsTheEndUntilItsRecordIsWritten) {
  router_.script = {Head("text/event-stream"), Data(Delta("one ")), Data(Delta("secret")), Data(kStop),
                    End()};
  Run("hello", true);
  EXPECT_EQ(sink_.body, Delta("one ") + Delta("[X]") + kStop);
  EXPECT_THAT(events_,
              ElementsAre("policy.open", "journal.intent", "router.start", "sink.start", "sink.write",
                          "sink.write", "router.end", "policy.close", "journal.outcome", "sink.end"));
  EXPECT_EQ(Last().outcome, "ok");
  EXPECT_EQ(Last().finish_reason, "stop");
  EXPECT_EQ(Last().prompt_tokens, 7u);
  EXPECT_EQ(Last().findings[0].path, "choices[0].delta.content");
  EXPECT_EQ(
      metrics_.Observations("portcullis_time_to_first_token_seconds", {{"endpoint", "/v1/chat/completions"}})
          .size(),
      1u);
}

TEST_F(PipelineTest, EndsABlockedStreamWithAnErrorEvent) {
  router_.script = {Head("text/event-stream"), Data(Delta("one ")), Data(Delta("forbidden")), Data(kStop),
                    End()};
  Run("hello", true);
  EXPECT_THAT(sink_.body, HasSubstr(Delta("one ") + "data: {\"error\":"));
  EXPECT_THAT(sink_.body, HasSubstr("output_blocked"));
  EXPECT_THAT(sink_.body, Not(HasSubstr("forbidden")));
  EXPECT_EQ(Last().outcome, "blocked");
}

TEST_F(PipelineTest, CanEndABlockedStreamAsAContentFilter) {
  live_.block_stream = BlockStream::kContentFilter;
  router_.script = {Head("text/event-stream"), Data(Delta("one ")), Data(Delta("forbidden"))};
  Run("hello", true);
  EXPECT_THAT(sink_.body, HasSubstr("\"finish_reason\":\"content_filter\""));
  EXPECT_THAT(sink_.body, HasSubstr("\"id\":\"s1\""));
  EXPECT_TRUE(sink_.body.ends_with("data: [DONE]\n\n"));
}

TEST_F(PipelineTest, ABlockBeforeTheFirstEventIsAPlainError) {
  router_.script = {Head("text/event-stream"), Data(Delta("forbidden"))};
  Run("hello", true);
  EXPECT_EQ(sink_.status, 400);
  EXPECT_EQ(ErrorCode(), "output_blocked");
}

TEST_F(PipelineTest, ACutStreamEndsWithAnError) {
  for (const router::Outcome outcome : {router::Outcome::kCut, router::Outcome::kOk}) {
    io_.restart();
    sink_.body.clear();
    router_.script = {Head("text/event-stream"), Data(Delta("one ")), End(outcome)};
    Run("hello", true);
    EXPECT_THAT(sink_.body, HasSubstr("upstream_cut"));
    EXPECT_THAT(sink_.body, Not(HasSubstr("[DONE]")));
    EXPECT_EQ(Last().outcome, "upstream_failed");
  }
}

TEST_F(PipelineTest, AStreamThatFinishedWithoutDoneIsWhole) {
  const std::string stop = std::string(kStop).substr(0, std::string(kStop).find("data: [DONE]"));
  router_.script = {Head("text/event-stream"), Data(Delta("one ")), Data(stop), End()};
  Run("hello", true);
  EXPECT_EQ(sink_.body, Delta("one ") + kStop);
  EXPECT_EQ(Last().outcome, "ok");
}

TEST_F(PipelineTest, MalformedAnswersAreTheProvidersFault) {
  router_.script = {Head("application/json"), Data("{\"id\":"), End()};
  Run("hello");
  EXPECT_EQ(sink_.status, 502);
  EXPECT_EQ(ErrorCode(), "upstream_malformed");

  io_.restart();
  sink_.body.clear();
  router_.script = {Head("text/event-stream"), Data(Delta("one ")), Data("data: {\n\n")};
  Run("hello", true);
  EXPECT_THAT(sink_.body, HasSubstr("upstream_malformed"));

  io_.restart();
  router_.script = {Head("text/html"), Data("<html>")};
  Run("hello", true);
  EXPECT_EQ(sink_.status, 502);
}

TEST_F(PipelineTest, UpstreamFailuresBecomeTypedErrors) {
  router_.script = {End(router::Outcome::kTimeout)};
  Run("hello");
  EXPECT_EQ(sink_.status, 504);
  EXPECT_EQ(ErrorCode(), "upstream_timeout");
  EXPECT_EQ(Last().outcome, "upstream_failed");
  EXPECT_EQ(Last().attempts.size(), 1u);
}

TEST_F(PipelineTest, ADepartureCancelsTheUpstreamAtOnce) {
  router_.script = {Head("text/event-stream"), Data(Delta("one ")),
                    [&](router::CallObserver&) { sink_.Depart(); }};
  Run("hello", true);
  EXPECT_THAT(events_, ElementsAre("policy.open", "journal.intent", "router.start", "sink.start",
                                   "sink.write", "router.end", "policy.close", "journal.outcome"));
  EXPECT_EQ(Last().outcome, "cancelled");
  EXPECT_EQ(Last().reason_code, "client_departed");
  EXPECT_EQ(metrics_.Value("portcullis_client_departures_total", {{"phase", "stream"}}), 1);
}

TEST_F(PipelineTest, AnAnswerThatDidNotArriveIsAmended) {
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  sink_.fail_writes = true;
  Run("hello");
  EXPECT_EQ(Last().kind, audit::LeafKind::kAmendment);
  EXPECT_EQ(Last().outcome, "cancelled");
}

TEST_F(PipelineTest, WithoutAuditNothingIsServedUnlessAllowed) {
  journal_.status = absl::ResourceExhaustedError("full");
  Run("hello");
  EXPECT_EQ(sink_.status, 503);
  EXPECT_EQ(ErrorCode(), "audit_unavailable");
  EXPECT_THAT(events_, Not(::testing::Contains("router.start")));

  io_.restart();
  options_.serve_without_audit = true;
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("hello");
  EXPECT_EQ(sink_.status, 200);
  EXPECT_GE(metrics_.Value("portcullis_audit_write_failures_total", {{"result", "allowed"}}), 2);
}

TEST_F(PipelineTest, WithoutPoliciesNothingIsServedUnlessAllowed) {
  policy_.status = absl::UnavailableError("no policy service");
  Run("hello");
  EXPECT_EQ(sink_.status, 503);
  EXPECT_EQ(ErrorCode(), "policy_unavailable");

  io_.restart();
  live_.serve_without_policy = true;
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("hello");
  EXPECT_EQ(sink_.status, 200);
  EXPECT_EQ(Last().reason_code, "policy_unavailable");
  EXPECT_EQ(metrics_.Value("portcullis_unscanned_text_bytes_total", {{"direction", "input"}}), 5);
  EXPECT_GT(metrics_.Value("portcullis_unscanned_text_bytes_total", {{"direction", "output"}}), 0);
}

TEST_F(PipelineTest, ACheckThatWasLostWithItsServiceIsDoneAgain) {
  policy_.status = absl::UnavailableError("lost");
  policy_.failing_opens = 2;
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("hello");
  EXPECT_EQ(sink_.status, 200);
  EXPECT_EQ(metrics_.Value("portcullis_policy_reopened_total"), 2);
  EXPECT_EQ(metrics_.Value("portcullis_unscanned_text_bytes_total", {{"direction", "input"}}), 0);
}

TEST_F(PipelineTest, ACheckThatFailedOtherwiseIsNotDoneAgain) {
  policy_.status = absl::DeadlineExceededError("late");
  policy_.failing_opens = 1;
  Run("hello");
  EXPECT_EQ(ErrorCode(), "policy_unavailable");
  EXPECT_EQ(metrics_.Value("portcullis_policy_reopened_total"), 0);
}

TEST_F(PipelineTest, AGuardThatFailsLetsTheStreamPassWhereThatIsAllowed) {
  live_.serve_without_policy = true;
  policy_.guard_status = absl::UnavailableError("lost");
  router_.script = {Head("text/event-stream"), Data(Delta("one ")), Data("data: [DONE]\n\n"), End()};
  Run("hello", true);
  EXPECT_EQ(sink_.status, 200);
  EXPECT_THAT(sink_.body, HasSubstr("one "));
  EXPECT_EQ(metrics_.Value("portcullis_unscanned_text_bytes_total", {{"direction", "output"}}), 4);
}

TEST_F(PipelineTest, AGuardThatFailsEndsTheStream) {
  policy_.guard_status = absl::UnavailableError("lost");
  router_.script = {Head("text/event-stream"), Data(Delta("one "))};
  Run("hello", true);
  EXPECT_EQ(sink_.status, 503);
  EXPECT_THAT(sink_.body, HasSubstr("policy_unavailable"));
  EXPECT_THAT(sink_.body, Not(HasSubstr("one")));
}

TEST_F(PipelineTest, ATooLargeAnswerIsRefused) {
  options_.max_response_bytes = 10;
  router_.script = {Head("application/json"), Data(kAnswer), End()};
  Run("hello");
  EXPECT_EQ(sink_.status, 502);
  EXPECT_EQ(Last().reason_code, "upstream_too_large");
}

}  // namespace
}  // namespace portcullis::edge
