// The policy API over real lanes: client, gRPC, service, a fake behind it.
#include "services/policy/client/policy_grpc_client.h"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <functional>
#include <future>

#include "libs/rpc/server_host.h"
#include "services/policy/adapters/grpc/policy_grpc_service.h"
#include "tests/unit/services/policy/client/fake_policy.h"

namespace portcullis::policy {
namespace {

constexpr std::chrono::seconds kPatience{20};

class PolicyGrpcClientTest : public ::testing::Test {
 protected:
  PolicyGrpcClientTest() : worker_(0), fakes_{FakePolicy(log_), FakePolicy(log_)} {
    worker_.Start();
    StartServer(0);
    rpc::LaneClientOptions options;
    options.service = "policy";
    options.method = kPolicyLaneMethod;
    options.targets = {"127.0.0.1:" + std::to_string(host_->port())};
    lanes_ =
        std::make_unique<rpc::LaneClient>(options, worker_, clock_, rng_, rpc::PlaintextChannelCredentials(),
                                          std::make_unique<rpc::DnsResolver>(worker_.io()));
    client_ = std::make_unique<PolicyGrpcClient>(*lanes_);
    lanes_->Start();
  }
  ~PolicyGrpcClientTest() override {
    OnWorker([this] {
      client_.reset();
      lanes_.reset();
    });
    StopServer();
  }

  void StartServer(int port) {
    service_ = std::make_unique<PolicyGrpcService>(std::vector<PolicyApi*>{&fakes_[0], &fakes_[1]}, clock_);
    rpc::ServerHostOptions options;
    options.address = "127.0.0.1:" + std::to_string(port);
    host_ = std::make_unique<rpc::ServerHost>(options, rpc::PlaintextServerCredentials());
    host_->AddService(*service_, kPolicyServiceName);
    ASSERT_TRUE(host_->Start().ok());
  }
  void StopServer() {
    host_.reset();
    service_.reset();
  }

  template <typename F>
  void OnWorker(F work) {
    std::promise<void> done;
    boost::asio::post(worker_.io(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  // Starts on the worker what answers through a callback, and waits for the answer.
  template <typename T>
  absl::StatusOr<T> Await(const std::function<void(std::function<void(absl::StatusOr<T>)>)>& start) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<T>>>();
    auto future = promise->get_future();
    OnWorker([&] { start([promise](absl::StatusOr<T> value) { promise->set_value(std::move(value)); }); });
    if (future.wait_for(kPatience) != std::future_status::ready)
      return absl::DeadlineExceededError("no callback");
    return future.get();
  }

  absl::StatusOr<OpenResult> Open(std::vector<std::string> texts, base::RequestContext context = {}) {
    return Await<OpenResult>([&](auto done) {
      OpenRequest request;
      request.context = context;
      request.model = "mistral-small";
      request.stream = true;
      for (const std::string& text : texts)
        request.input.push_back({text, SegmentKind::kJson, Role::kUser, "p"});
      client_->Open(request, std::move(done));
    });
  }
  absl::StatusOr<GuardResult> Guard(Exchange& exchange, std::vector<Piece> pieces) {
    return Await<GuardResult>([&](auto done) { exchange.Guard(pieces, std::move(done)); });
  }
  void Drop(absl::StatusOr<OpenResult>& result) {
    OnWorker([&] { result->exchange.reset(); });
  }
  [[nodiscard]] bool AwaitLog(const std::function<bool()>& condition) {
    for (const auto end = clock_.Monotonic() + kPatience; clock_.Monotonic() < end;) {
      OnWorker([] {});
      std::lock_guard lock(log_.mutex);
      if (condition()) return true;
    }
    return false;
  }

  base::SystemClock clock_;
  base::SystemRng rng_{1};
  runtime::Worker worker_;
  FakePolicyLog log_;
  FakePolicy fakes_[2];
  std::unique_ptr<PolicyGrpcService> service_;
  std::unique_ptr<rpc::ServerHost> host_;
  std::unique_ptr<rpc::LaneClient> lanes_;
  std::unique_ptr<PolicyGrpcClient> client_;
};

TEST_F(PolicyGrpcClientTest, OpensChecksAndCloses) {
  base::RequestContext context;
  context.request_id = "req_7";
  context.tenant = "acme";
  context.deadline = clock_.Monotonic() + std::chrono::seconds(50);
  auto opened = Open({"hello", "my SECRET is SECRET"}, context);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->bundle, "bundle-1");
  EXPECT_EQ(opened->decision.action, Action::kRedact);
  EXPECT_EQ(opened->decision.scanned_bytes, 24u);
  ASSERT_EQ(opened->decision.edits.size(), 2u);
  EXPECT_EQ(opened->decision.edits[1].segment, 1u);
  EXPECT_EQ(opened->decision.edits[1].begin, 13u);
  EXPECT_EQ(opened->decision.edits[1].end, 19u);
  EXPECT_EQ(opened->decision.edits[1].replacement, "[X]");
  ASSERT_NE(opened->exchange, nullptr);

  const auto checked = Await<Decision>([&](auto done) {
    opened->exchange->CheckOutput({{"a SECRET answer", SegmentKind::kText, Role::kAssistant, "choices[0]"}},
                                  std::move(done));
  });
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->action, Action::kRedact);
  ASSERT_EQ(checked->edits.size(), 1u);

  for (const bool can : {false, true}) {
    const auto again = Await<Decision>([&](auto done) {
      opened->exchange->SetCanAskAgain(can);
      opened->exchange->CheckOutput({{"AGAIN", SegmentKind::kText, Role::kAssistant, "choices[0]"}},
                                    std::move(done));
    });
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->again, can ? Again::kOtherTarget : Again::kNo);
  }

  OnWorker([&] {
    opened->exchange->Close({.prompt_tokens = 5, .completion_tokens = 7, .completed = true});
    opened->exchange.reset();
  });
  ASSERT_TRUE(AwaitLog([&] { return log_.closed.size() == 1; }));
  std::lock_guard lock(log_.mutex);
  EXPECT_EQ(log_.closed[0].prompt_tokens, 5u);
  EXPECT_EQ(log_.closed[0].completion_tokens, 7u);
  EXPECT_TRUE(log_.closed[0].completed);
  EXPECT_EQ(log_.abandoned, 0);
  EXPECT_EQ(log_.contexts[0].request_id, "req_7");
  EXPECT_EQ(log_.contexts[0].tenant, "acme");
  EXPECT_NEAR((log_.contexts[0].deadline - context.deadline) / std::chrono::milliseconds(1), 0, 10'000);
  EXPECT_EQ(log_.requests[0].model, "mistral-small");
  EXPECT_TRUE(log_.requests[0].stream);
  EXPECT_EQ(log_.requests[0].input[0].kind, SegmentKind::kJson);
  EXPECT_EQ(log_.requests[0].input[0].role, Role::kUser);
  EXPECT_EQ(log_.requests[0].input[0].path, "p");
}

TEST_F(PolicyGrpcClientTest, ABlockHasNoExchange) {
  auto opened = Open({"please BLOCK this"});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->exchange, nullptr);
  EXPECT_EQ(opened->decision.action, Action::kBlock);
  EXPECT_EQ(opened->decision.policy, "fake");
  EXPECT_EQ(opened->decision.reason_code, "fake.block");
  EXPECT_EQ(opened->decision.message, "blocked by fake");
  ASSERT_EQ(opened->decision.findings.size(), 1u);
  EXPECT_EQ(opened->decision.findings[0].begin, 7u);
  EXPECT_DOUBLE_EQ(opened->decision.findings[0].score, 0.5);
}

TEST_F(PolicyGrpcClientTest, GuardsAStreamPieceByPiece) {
  auto opened = Open({"hi"});
  ASSERT_TRUE(opened.ok()) << opened.status();
  const std::string text = "the SECRET word and more SECRET words";
  std::string released;
  uint32_t at = 0;
  for (size_t i = 0; i < text.size(); i += 3) {
    const std::string_view piece = std::string_view(text).substr(i, 3);
    auto result = Guard(*opened->exchange, {{.channel = 4, .text = piece, .last = i + 3 >= text.size()}});
    ASSERT_TRUE(result.ok()) << result.status();
    for (const Release& release : result->releases) {
      EXPECT_EQ(release.channel, 4u);
      for (const Edit& edit : release.edits) {
        released += text.substr(at, edit.begin - at) + edit.replacement;
        at = edit.end;
      }
      released += text.substr(at, release.end - at);
      at = release.end;
    }
  }
  EXPECT_EQ(released, "the [X] word and more [X] words");
  Drop(opened);
  EXPECT_TRUE(AwaitLog([&] { return log_.abandoned == 1; }));
}

TEST_F(PolicyGrpcClientTest, AGuardedBlockNamesThePolicy) {
  auto opened = Open({"hi"});
  ASSERT_TRUE(opened.ok());
  auto result = Guard(*opened->exchange, {{.channel = 1, .text = "fine so far BLOCK here"}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->action, Action::kBlock);
  EXPECT_EQ(result->policy, "fake");
  ASSERT_EQ(result->releases.size(), 1u);
  EXPECT_EQ(result->releases[0].end, 12u);
  Drop(opened);
}

TEST_F(PolicyGrpcClientTest, ErrorsOfTheServiceKeepTheirCode) {
  const auto opened = Open({"FAIL"});
  EXPECT_EQ(opened.status(), absl::InternalError("a policy failed"));
}

TEST_F(PolicyGrpcClientTest, AnExchangeWhoseLaneIsLostFailsEveryStep) {
  auto opened = Open({"hi"});
  ASSERT_TRUE(opened.ok());
  const int port = host_->port();
  StopServer();
  auto result = Guard(*opened->exchange, {{.channel = 1, .text = "x"}});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable) << result.status();
  auto again = Guard(*opened->exchange, {{.channel = 1, .text = "x"}});
  EXPECT_EQ(again.status().code(), absl::StatusCode::kUnavailable);
  Drop(opened);
  StartServer(port);
  auto fresh = Open({"hi"});
  EXPECT_TRUE(fresh.ok()) << fresh.status();
  Drop(fresh);
}

TEST_F(PolicyGrpcClientTest, LargeInputsArrive) {
  const std::string large(5 << 20, 'y');
  auto opened = Open({large, "SECRET"});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->decision.scanned_bytes, large.size() + 6);
  Drop(opened);
}

TEST_F(PolicyGrpcClientTest, TheTargetTravelsWithTheFirstStep) {
  auto result = Open({"text"});
  ASSERT_TRUE(result.ok()) << result.status();
  OnWorker([&] { result->exchange->SetTarget("eu-1"); });
  ASSERT_TRUE(Guard(*result->exchange, {{0, SegmentKind::kText, "hello ", false}}).ok());
  EXPECT_TRUE(AwaitLog([this] { return log_.target == "eu-1"; }));
  Drop(result);
}

}  // namespace
}  // namespace portcullis::policy
