// What is sent, what comes back, and what follows from a failure, against a provider on loopback.
#include "services/router/app/router_component.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/services/router/app/component_fixture.h"
#include "tests/unit/services/router/support/tls_provider.h"

namespace portcullis::router {
namespace {

using test::Exchange;
using test::Gate;
using test::RecordingObserver;
using test::RouterComponentTest;
using test::TestProvider;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RouterComponentTest, SendsTheRequestAsTheTargetNeedsItAndReturnsTheAnswer) {
  TestProvider provider([](Exchange& exchange) { exchange.Answer(200, R"({"ok":true})"); });
  AddTarget("a", provider.base_url()).pricing = Pricing{2, 6};
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  EXPECT_FALSE(observer.summary);
  const CallSummary summary = Finish(observer);

  EXPECT_EQ(summary.outcome, Outcome::kOk) << summary.message;
  EXPECT_EQ(observer.data, R"({"ok":true})");
  ASSERT_TRUE(observer.head);
  EXPECT_EQ(observer.head->http_status, 200);
  EXPECT_EQ(observer.head->content_type, "application/json");
  EXPECT_EQ(observer.head->target, "a");
  EXPECT_EQ(observer.head->provider, "mistral");
  EXPECT_EQ(observer.head->model, "a-model");
  EXPECT_EQ(observer.head->attempts, 1u);
  EXPECT_EQ(observer.head->pricing->completion, 6);
  EXPECT_GT(summary.first_byte_us, 0u);
  EXPECT_GE(summary.total_us, summary.first_byte_us);
  const test::ReceivedRequest sent = provider.last_request();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.target, "/v1/chat/completions");
  EXPECT_EQ(sent.body, R"({"model":"a-model","messages":[]})");
  EXPECT_EQ(sent.Header("authorization"), "Bearer key-of-a");
  EXPECT_EQ(sent.Header("content-type"), "application/json");
  EXPECT_EQ(sent.Header("accept-encoding"), "identity");
  EXPECT_EQ(sent.Header("expect"), "");
  EXPECT_EQ(Attempts("a", Outcome::kOk), 1);
  EXPECT_EQ(component_->InFlight(), 0u);
}

TEST_F(RouterComponentTest, StreamsEachPieceAsItComes) {
  Gate go;
  TestProvider provider([&](Exchange& exchange) {
    exchange.StartStream();
    exchange.SendChunk("data: one\n\n");
    go.Wait();
    exchange.SendChunk("data: two\n\n");
    exchange.EndStream();
  });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(true), observer);
  ASSERT_TRUE(RunUntil([&] { return observer.data == "data: one\n\n"; }));
  EXPECT_EQ(observer.head->content_type, "text/event-stream");
  EXPECT_FALSE(observer.summary);
  go.Open();
  EXPECT_EQ(Finish(observer).outcome, Outcome::kOk);
  EXPECT_EQ(observer.data, "data: one\n\ndata: two\n\n");
}

TEST_F(RouterComponentTest, AStreamThatIsCutEndsWithCutAndIsNotRepeated) {
  TestProvider provider([](Exchange& exchange) {
    exchange.StartStream();
    exchange.SendChunk("data: one\n\n");
    exchange.Close();
  });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(true), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kCut);
  EXPECT_EQ(observer.data, "data: one\n\n");
  EXPECT_EQ(provider.requests(), 1);
  EXPECT_EQ(summary.attempts.size(), 1u);
  EXPECT_EQ(summary.attempts[0].http_status, 200);
}

TEST_F(RouterComponentTest, AConnectionRefusedIsTriedAgainThenGivenUp) {
  AddTarget("a", test::RefusingBaseUrl());
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kConnectFailed);
  EXPECT_EQ(summary.attempts.size(), 3u);
  EXPECT_FALSE(observer.head);
  EXPECT_EQ(metrics_.Value("portcullis_retries_total", {{"target", "a"}}), 2);
}

// Where "localhost" has an IPv6 address too, nobody listens there, and the second socket gets the first one's
// number.
TEST_F(RouterComponentTest, ANameWithSeveralAddressesIsTriedAtEach) {
  TestProvider provider([](Exchange& exchange) {
    exchange.Answer(200, "{}");
    exchange.Close();
  });
  std::string url = provider.base_url();
  AddTarget("a", url.replace(url.find("127.0.0.1"), 9, "localhost"));
  for (int i = 0; i < 5; ++i) {
    RecordingObserver observer;
    auto call = Router().Start(Request(), observer);
    const CallSummary summary = Finish(observer);
    EXPECT_EQ(summary.outcome, Outcome::kOk) << summary.message;
    EXPECT_EQ(summary.attempts.size(), 1u);
    EXPECT_LT(summary.total_us, 5'000'000u);
  }
}

TEST_F(RouterComponentTest, SlowHeadersAreATimeout) {
  TestProvider provider([](Exchange& exchange) { exchange.WaitForClose(); });
  AddTarget("a", provider.base_url()).timeout = std::chrono::milliseconds(50);
  options_.retry.max_attempts = 1;
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kTimeout);
  EXPECT_THAT(summary.message, HasSubstr("target a"));
}

TEST_F(RouterComponentTest, TheRequestsDeadlineBoundsTheAttempt) {
  TestProvider provider([](Exchange& exchange) { exchange.WaitForClose(); });
  AddTarget("a", provider.base_url());
  CompletionRequest request = Request();
  request.context.deadline = clock_.Monotonic() + std::chrono::milliseconds(60);
  RecordingObserver observer;
  auto call = Router().Start(std::move(request), observer);
  EXPECT_EQ(Finish(observer).outcome, Outcome::kTimeout);
}

TEST_F(RouterComponentTest, RateLimitsAreWaitedForAsTheProviderSays) {
  TestProvider provider([](Exchange& exchange) {
    if (exchange.number() == 0) {
      exchange.Answer(429, R"({"message":"Requests rate limit exceeded"})", "retry-after: 1\r\n");
    } else {
      exchange.Answer(200, "{}");
    }
  });
  AddTarget("a", provider.base_url());
  options_.retry.max_backoff = std::chrono::milliseconds(2000);
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kOk);
  EXPECT_EQ(summary.attempts.at(0).outcome, Outcome::kRateLimited);
  EXPECT_GE(summary.total_us, 1'000'000u);
}

TEST_F(RouterComponentTest, ARateLimitAtTheEndTellsWhenToComeBack) {
  TestProvider provider([](Exchange& exchange) {
    exchange.Answer(429, R"({"error":{"message":"Slow down"}})", "retry-after: 77\r\n");
  });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kRateLimited);
  EXPECT_EQ(summary.retry_after_seconds, 77);
  EXPECT_THAT(summary.message, HasSubstr("Slow down"));
  EXPECT_EQ(provider.requests(), 1);
}

TEST_F(RouterComponentTest, AServerErrorIsTriedAgainOnTheSameConnection) {
  TestProvider provider(
      [](Exchange& exchange) { exchange.Answer(exchange.number() == 0 ? 500 : 200, "{}"); });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kOk);
  EXPECT_EQ(observer.head->attempts, 2u);
  EXPECT_EQ(provider.connections(), 1);
}

TEST_F(RouterComponentTest, TheSecondTargetAnswersWhenTheFirstFails) {
  TestProvider bad([](Exchange& exchange) { exchange.Answer(503, "<html>"); });
  TestProvider good([](Exchange& exchange) { exchange.Answer(200, "{}"); });
  AddTarget("bad", bad.base_url());
  AddTarget("good", good.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kOk);
  EXPECT_EQ(summary.target, "good");
  EXPECT_EQ(summary.attempts.size(), 4u);
  EXPECT_EQ(bad.requests(), 3);
  EXPECT_EQ(good.last_request().body, R"({"model":"good-model","messages":[]})");
}

TEST_F(RouterComponentTest, NoAnswerThatIsHttpIsAnUpstreamError) {
  TestProvider provider([](Exchange& exchange) {
    exchange.Send("220 smtp.example.org ESMTP\r\n");
    exchange.Close();
  });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  EXPECT_EQ(Finish(observer).outcome, Outcome::kUpstreamError);
}

TEST_F(RouterComponentTest, ACertificateThatNobodySignedIsRefusedAtOnce) {
  test::TlsProvider provider;
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kConnectFailed);
  EXPECT_EQ(summary.attempts.size(), 1u);
  EXPECT_THAT(summary.message, HasSubstr("certificate"));
}

TEST_F(RouterComponentTest, TlsWithoutVerificationWhenTheOperatorSaysSo) {
  test::TlsProvider provider;
  AddTarget("a", provider.base_url());
  options_.verify_tls = false;
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  const CallSummary summary = Finish(observer);
  EXPECT_EQ(summary.outcome, Outcome::kOk) << summary.message;
  EXPECT_EQ(observer.data, R"({"model":"a-model","messages":[]})");
}

TEST_F(RouterComponentTest, AnEndlessErrorBodyIsNotReadToItsEnd) {
  TestProvider provider([](Exchange& exchange) {
    exchange.Send("HTTP/1.1 400 Bad\r\ncontent-type: text/plain\r\n\r\n");
    while (exchange.Send(std::string(16384, 'x'))) {
    }
  });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  EXPECT_EQ(Finish(observer).outcome, Outcome::kBadRequest);
}

TEST_F(RouterComponentTest, TheKeyIsInNoMessage) {
  TestProvider provider([](Exchange& exchange) {
    exchange.Answer(exchange.number() == 0 ? 401 : 422,
                    R"({"error":{"message":"bad key key-of-a and sk-abcdefghijkl"}})");
  });
  AddTarget("a", provider.base_url());
  for (const Outcome expected : {Outcome::kUpstreamAuth, Outcome::kBadRequest}) {
    RecordingObserver observer;
    auto call = Router().Start(Request(), observer);
    const CallSummary summary = Finish(observer);
    EXPECT_EQ(summary.outcome, expected);
    EXPECT_THAT(summary.message, Not(HasSubstr("key-of-a")));
    EXPECT_THAT(summary.message, Not(HasSubstr("sk-abcdefghijkl")));
  }
}

TEST_F(RouterComponentTest, TheCircuitOpensAndAProbeAndTrialsCloseIt) {
  std::atomic<bool> broken{true};
  std::atomic<int> probes{0};
  TestProvider provider([&](Exchange& exchange) {
    if (exchange.request().method == "GET") ++probes;
    exchange.Answer(broken ? 500 : 200, "{}");
  });
  TargetOptions& target = AddTarget("a", provider.base_url());
  target.health_probe.enabled = true;
  target.health_probe.interval = std::chrono::milliseconds(10);
  target.health_probe.unhealthy_threshold = 1'000'000;
  options_.retry.max_attempts = 1;
  options_.circuit_breaker.recovery_timeout = std::chrono::milliseconds(200);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Circuit("a"), 0);
    RecordingObserver observer;
    auto call = Router().Start(Request(), observer);
    EXPECT_EQ(Finish(observer).outcome, Outcome::kUpstreamError);
  }
  EXPECT_EQ(Circuit("a"), 2);
  const int seen = provider.requests() - probes;
  RecordingObserver refused;
  auto call = Router().Start(Request(), refused);
  const CallSummary summary = Finish(refused);
  EXPECT_EQ(summary.outcome, Outcome::kUnavailable);
  EXPECT_THAT(summary.message, HasSubstr("a (circuit open)"));
  EXPECT_EQ(provider.requests() - probes, seen);

  broken = false;
  EXPECT_TRUE(RunUntil([&] { return Circuit("a") == 0; }));
  EXPECT_GT(probes, 0);
  const auto transitions = [&](const char* from, const char* to) {
    return metrics_.Value("portcullis_circuit_transitions_total",
                          {{"target", "a"}, {"from", from}, {"to", to}});
  };
  EXPECT_EQ(transitions("closed", "open"), 1);
  EXPECT_GE(transitions("open", "half_open"), 1);
  EXPECT_EQ(transitions("half_open", "closed"), 1);
  EXPECT_TRUE(
      logger_.Contains("circuit changed target=a from=closed to=open cause=5 failures in a row, the last: "
                       "the provider answered 500"));
}

TEST_F(RouterComponentTest, FailedProbesTakeATargetOutAndGoodOnesBringItBack) {
  std::atomic<bool> broken{true};
  TestProvider provider([&](Exchange& exchange) { exchange.Answer(broken ? 500 : 200, "{}"); });
  TargetOptions& target = AddTarget("a", provider.base_url());
  target.health_probe.enabled = true;
  target.health_probe.interval = std::chrono::milliseconds(5);
  const auto healthy = [&] { return metrics_.Value("portcullis_target_healthy", {{"target", "a"}}) == 1; };
  Router();
  EXPECT_TRUE(healthy());
  ASSERT_TRUE(RunUntil([&] { return !healthy(); }));
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  EXPECT_EQ(Finish(observer).outcome, Outcome::kUnavailable);
  EXPECT_THAT(observer.summary->message, HasSubstr("a (unhealthy)"));
  broken = false;
  EXPECT_TRUE(RunUntil(healthy));
  const test::ReceivedRequest probe = provider.last_request();
  EXPECT_EQ(probe.method, "GET");
  EXPECT_EQ(probe.target, "/v1/models");
  EXPECT_EQ(probe.Header("authorization"), "Bearer key-of-a");
  EXPECT_GE(metrics_.Value("portcullis_probe_duration_seconds", {{"target", "a"}}), 3);
}

TEST_F(RouterComponentTest, TargetsTellTheirState) {
  AddTarget("a", test::RefusingBaseUrl());
  AddTarget("b", test::RefusingBaseUrl()).api_key = "";
  options_.retry.max_attempts = 1;
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  Finish(observer);
  std::vector<TargetStatus> targets;
  Router().Targets([&](absl::StatusOr<std::vector<TargetStatus>> got) { targets = *std::move(got); });
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].id, "a");
  EXPECT_TRUE(targets[0].available);
  EXPECT_TRUE(targets[0].healthy);
  EXPECT_THAT(targets[0].last_error, HasSubstr("no connection"));
  EXPECT_FALSE(targets[1].available);
}

TEST_F(RouterComponentTest, OptionsThatCannotWorkAreRefused) {
  const auto error = [&] {
    return std::string(RouterComponent::Create(options_, clock_, metrics_, logger_).status().ToString());
  };
  AddTarget("a", "ftp://example.org");
  EXPECT_THAT(error(), HasSubstr("http://"));
  options_.targets[0].base_url = "http://127.0.0.1:1";
  AddTarget("a", "http://127.0.0.1:1");
  EXPECT_THAT(error(), HasSubstr("twice"));
  options_.targets[1].id = "b";
  options_.targets[1].api_key = "two\nlines";
  EXPECT_THAT(error(), HasSubstr("line break"));
  EXPECT_THAT(error(), Not(HasSubstr("lines\"")));
}

TEST_F(RouterComponentTest, ASuccessorKnowsItsForerunnersCircuitsAndDrains) {
  AddTarget("a", test::RefusingBaseUrl());
  AddTarget("b", test::RefusingBaseUrl());
  options_.retry.max_attempts = 1;
  options_.circuit_breaker.failure_threshold = 1;
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  Finish(observer);
  ASSERT_TRUE(component_->Control("b", TargetAction::kDrain, {"the test", "", "", ""}).ok());
  options_.targets.push_back(options_.targets[0]);
  options_.targets[2].id = "new";
  const auto next = RouterComponent::Create(options_, clock_, metrics_, logger_, component_->Memory());
  ASSERT_TRUE(next.ok());
  const std::vector<TargetStatus> targets = (*next)->TargetsNow();
  ASSERT_EQ(targets.size(), 3u);
  EXPECT_EQ(targets[0].circuit, 2);
  EXPECT_GT(targets[0].open_for_ms, 0u);
  EXPECT_TRUE(targets[1].drained);
  EXPECT_EQ(targets[2].circuit, 0);
  EXPECT_FALSE(targets[2].drained);
}

TEST_F(RouterComponentTest, AnOperatorChangesTargetsAndTheLogNamesIt) {
  AddTarget("a", test::RefusingBaseUrl());
  Router();
  EXPECT_EQ(component_->Control("zzz", TargetAction::kDrain, {}).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(
      component_->Control("a", TargetAction::kForceOpen, {"jane", "10.0.0.1", "/targets", "POST"}).ok());
  EXPECT_EQ(Circuit("a"), 2);
  EXPECT_EQ(component_->TargetsNow()[0].circuit, 2);
  EXPECT_TRUE(
      logger_.Contains("target changed by an operator target=a action=force_open user=jane "
                       "address=10.0.0.1 endpoint=/targets"));
  EXPECT_TRUE(logger_.Contains("to=open cause=forced by an operator"));
  ASSERT_TRUE(component_->Control("a", TargetAction::kReleaseCircuit, {}).ok());
  EXPECT_EQ(Circuit("a"), 0);
}

TEST_F(RouterComponentTest, TheProvidersRateLimitHeadersAreRead) {
  TestProvider provider([](Exchange& exchange) {
    exchange.Send("HTTP/1.1 429 Too Many\r\ncontent-length: 2\r\nretry-after-ms: 2500\r\n\r\n{}");
  });
  AddTarget("a", provider.base_url());
  options_.retry.max_attempts = 1;
  RecordingObserver observer;
  auto call = Router().Start(Request(), observer);
  EXPECT_EQ(Finish(observer).retry_after_seconds, 3);
  const uint64_t open_for = component_->TargetsNow()[0].open_for_ms;
  EXPECT_GT(open_for, 0u);
  EXPECT_LE(open_for, 2500u);
}

TEST_F(RouterComponentTest, EachKeyGoesOutInItsHeader) {
  TestProvider provider([](Exchange& exchange) {
    const bool good = exchange.request().Header("authorization") == "Bearer second";
    exchange.Answer(good ? 200 : 401, "{}");
  });
  TargetOptions& target = AddTarget("a", provider.base_url());
  target.api_key = "";
  target.keys = {{"first", "", 1e9}, {"second", "", 1e-3}};
  for (int i = 0; i < 2; ++i) {
    RecordingObserver observer;
    auto call = Router().Start(Request(), observer);
    EXPECT_EQ(Finish(observer).outcome, Outcome::kOk);
  }
  EXPECT_EQ(provider.requests(), 3);
}

TEST_F(RouterComponentTest, AProbeMayAskAPathOfTheHost) {
  TestProvider provider([](Exchange& exchange) { exchange.Answer(200, "{}"); });
  TargetOptions& target = AddTarget("a", provider.base_url());
  target.health_probe.enabled = true;
  target.health_probe.interval = std::chrono::milliseconds(5);
  target.health_probe.kind = ProbeKind::kPath;
  target.health_probe.path = "/healthz";
  Router();
  ASSERT_TRUE(RunUntil([&] { return provider.requests() > 0; }));
  EXPECT_EQ(provider.last_request().target, "/healthz");
}

TEST_F(RouterComponentTest, TheStartTellsTheStrategy) {
  AddTarget("a", test::RefusingBaseUrl());
  options_.strategy = Strategy::kWeightedRoundRobin;
  Router();
  EXPECT_TRUE(logger_.Contains("routing strategy=weighted_round_robin"));
}

}  // namespace
}  // namespace portcullis::router
