// The router API over real lanes: client, gRPC, service, a fake behind it.
#include "services/router/client/router_grpc_client.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <future>

#include "libs/rpc/channel.h"
#include "libs/rpc/server_host.h"
#include "services/router/adapters/grpc/router_grpc_service.h"
#include "services/router/client/router_weights_client.h"
#include "tests/unit/services/router/client/fake_router.h"

namespace portcullis::router {
namespace {

constexpr std::chrono::seconds kPatience{20};

class Collector final : public CallObserver {
 public:
  void OnHead(const ResponseHead& got) override {
    std::lock_guard lock(mutex);
    head = got;
  }
  void OnData(std::string_view bytes) override {
    {
      std::lock_guard lock(mutex);
      received += bytes.size();
      changed.notify_all();
    }
    if (on_data) on_data();
  }
  void OnDone(const CallSummary& got) override {
    std::lock_guard lock(mutex);
    summary = got;
    done = true;
    changed.notify_all();
  }
  template <typename F>
  [[nodiscard]] bool Await(F condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, condition);
  }
  [[nodiscard]] bool AwaitDone() {
    return Await([this] { return done; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  ResponseHead head;
  size_t received = 0;
  bool done = false;
  CallSummary summary;
  std::function<void()> on_data;  // on the worker
};

class RouterGrpcClientTest : public ::testing::Test {
 protected:
  RouterGrpcClientTest() : worker_(0), server_worker_(1), fake_(server_worker_.io(), log_) {
    worker_.Start();
    server_worker_.Start();
    service_ = std::make_unique<RouterGrpcService>(std::vector<RouterWorker>{{&server_worker_, &fake_}},
                                                   admin_, clock_);
    host_ = std::make_unique<rpc::ServerHost>(rpc::ServerHostOptions{}, rpc::PlaintextServerCredentials());
    host_->AddService(*service_, kRouterServiceName);
    EXPECT_TRUE(host_->Start().ok());
    rpc::LaneClientOptions options;
    options.service = "router";
    options.method = kRouterLaneMethod;
    options.targets = {"127.0.0.1:" + std::to_string(host_->port())};
    lanes_ =
        std::make_unique<rpc::LaneClient>(options, worker_, clock_, rng_, rpc::PlaintextChannelCredentials(),
                                          std::make_unique<rpc::DnsResolver>(worker_.io()));
    client_ = std::make_unique<RouterGrpcClient>(*lanes_, clock_);
    lanes_->Start();
  }
  ~RouterGrpcClientTest() override {
    OnWorker([this] {
      call_.reset();
      client_.reset();
      lanes_.reset();
    });
    host_.reset();
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
  void Start(std::string model, std::string body = "{}", base::MonotonicTime deadline = {}) {
    OnWorker([&] {
      CompletionRequest request;
      request.context.request_id = "req_1";
      request.context.deadline = deadline;
      request.operation = Operation::kFimCompletions;
      request.model = std::move(model);
      request.stream = true;
      request.body = std::move(body);
      request.estimated_prompt_tokens = 12;
      request.max_output_tokens = 34;
      request.choices = 3;
      request.max_cost_nano_usd = 50'000'000;
      request.allowed_targets = {"t1", "t2"};
      request.preferred_targets = {"t2"};
      request.avoided_targets = {"t1"};
      call_ = client_->Start(std::move(request), collector_);
    });
  }
  template <typename F>
  auto Logged(F read) {
    std::lock_guard lock(log_.mutex);
    return read();
  }
  template <typename F>
  [[nodiscard]] bool AwaitLog(F condition) {
    for (const auto end = clock_.Monotonic() + kPatience; clock_.Monotonic() < end;) {
      OnWorker([] {});
      std::lock_guard lock(log_.mutex);
      if (condition()) return true;
    }
    return false;
  }

  base::SystemClock clock_;
  base::SystemRng rng_{1};
  FakeRouterLog log_;
  runtime::Worker worker_;
  runtime::Worker server_worker_;
  FakeRouter fake_;
  FakeAdmin admin_;
  std::unique_ptr<RouterGrpcService> service_;
  std::unique_ptr<rpc::ServerHost> host_;
  std::unique_ptr<rpc::LaneClient> lanes_;
  std::unique_ptr<RouterGrpcClient> client_;
  Collector collector_;
  std::unique_ptr<Call> call_;
};

TEST_F(RouterGrpcClientTest, CarriesWeights) {
  const std::string here = "127.0.0.1:" + std::to_string(host_->port());
  const RouterWeightsClient client({here}, rpc::PlaintextChannelCredentials(), clock_);
  OperatorCall by;
  by.user = "jane";
  ASSERT_TRUE(client.SetWeights({{"t1", 3}, {"t2", 0.25}}, by).ok());
  EXPECT_EQ(admin_.last_weights, (TargetWeights{{"t1", 3}, {"t2", 0.25}}));
  EXPECT_EQ(admin_.last_by.user, "jane");
  EXPECT_EQ(client.SetWeights({{"t9", 1}}, by).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RouterGrpcClientTest, RoutersThatAreAwayKeepNoOtherFromTheWeights) {
  const std::string here = "127.0.0.1:" + std::to_string(host_->port());
  const RouterWeightsClient client({"127.0.0.1:1", here}, rpc::PlaintextChannelCredentials(), clock_,
                                   std::chrono::seconds(2));
  const absl::Status status = client.SetWeights({{"t1", 7}}, {});
  EXPECT_EQ(admin_.last_weights, (TargetWeights{{"t1", 7}}));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("have the weights: 1"));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("127.0.0.1:1: "));
}

TEST_F(RouterGrpcClientTest, CarriesRequestHeadDataAndSummary) {
  Start("mistral-small", R"({"model":"x"})");
  ASSERT_TRUE(collector_.AwaitDone());
  EXPECT_EQ(collector_.received, 100u);
  EXPECT_EQ(collector_.head.http_status, 200);
  EXPECT_EQ(collector_.head.provider, "mistral");
  EXPECT_EQ(collector_.head.attempts, 2u);
  ASSERT_TRUE(collector_.head.pricing.has_value());
  EXPECT_DOUBLE_EQ(collector_.head.pricing->completion, 0.3);
  EXPECT_EQ(collector_.head.pricing->cached_prompt, 0.01);
  EXPECT_EQ(collector_.head.pricing->cache_write, 0.125);
  EXPECT_EQ(collector_.head.pricing->reasoning, 0.4);
  EXPECT_THAT(collector_.head.dropped, testing::ElementsAre("verbosity", "messages.name"));
  EXPECT_EQ(collector_.summary.outcome, Outcome::kOk);
  EXPECT_EQ(collector_.summary.provider, "mistral");
  EXPECT_EQ(collector_.summary.total_us, 22u);
  ASSERT_EQ(collector_.summary.attempts.size(), 2u);
  EXPECT_EQ(collector_.summary.attempts[0].outcome, Outcome::kUpstreamError);
  EXPECT_EQ(collector_.summary.attempts[0].http_status, 503);
  const CompletionRequest seen = Logged([&] { return log_.requests.at(0); });
  EXPECT_EQ(seen.context.request_id, "req_1");
  EXPECT_EQ(seen.operation, Operation::kFimCompletions);
  EXPECT_EQ(seen.model, "mistral-small");
  EXPECT_EQ(seen.body, R"({"model":"x"})");
  EXPECT_TRUE(seen.stream);
  EXPECT_EQ(seen.estimated_prompt_tokens, 12u);
  EXPECT_EQ(seen.max_output_tokens, 34u);
  EXPECT_EQ(seen.choices, 3u);
  EXPECT_EQ(seen.max_cost_nano_usd, 50'000'000u);
  EXPECT_THAT(seen.allowed_targets, testing::ElementsAre("t1", "t2"));
  EXPECT_THAT(seen.preferred_targets, testing::ElementsAre("t2"));
  EXPECT_THAT(seen.avoided_targets, testing::ElementsAre("t1"));
  EXPECT_TRUE(AwaitLog([&] { return log_.destroyed == 1; }));
}

TEST_F(RouterGrpcClientTest, AFailureWithoutHeadIsASummary) {
  Start("none");
  ASSERT_TRUE(collector_.AwaitDone());
  EXPECT_EQ(collector_.summary.outcome, Outcome::kRateLimited);
  EXPECT_EQ(collector_.summary.message, "slow down");
  EXPECT_EQ(collector_.summary.param, "messages");
  EXPECT_EQ(collector_.summary.retry_after_seconds, 7);
  EXPECT_EQ(collector_.head.http_status, 0);
}

TEST_F(RouterGrpcClientTest, DestroyingTheCallCancelsItUpstream) {
  Start("hold");
  ASSERT_TRUE(AwaitLog([&] { return log_.requests.size() == 1; }));
  OnWorker([this] { call_.reset(); });
  EXPECT_TRUE(AwaitLog([&] { return log_.destroyed == 1; }));
  EXPECT_FALSE(collector_.done);
}

TEST_F(RouterGrpcClientTest, DeadlinesEndTheCallOnBothSides) {
  Start("hold", "{}", clock_.Monotonic() + std::chrono::milliseconds(300));
  ASSERT_TRUE(collector_.AwaitDone());
  EXPECT_EQ(collector_.summary.outcome, Outcome::kTimeout);
  EXPECT_TRUE(AwaitLog([&] { return log_.destroyed == 1; }));
}

TEST_F(RouterGrpcClientTest, ALostRouterIsUnavailable) {
  Start("hold");
  ASSERT_TRUE(AwaitLog([&] { return log_.requests.size() == 1; }));
  host_.reset();
  ASSERT_TRUE(collector_.AwaitDone());
  EXPECT_EQ(collector_.summary.outcome, Outcome::kUnavailable);
  EXPECT_TRUE(AwaitLog([&] { return log_.destroyed == 1; }));
}

TEST_F(RouterGrpcClientTest, ARefusedRequestIsABadRequest) {
  Start("x", "");
  ASSERT_TRUE(collector_.AwaitDone());
  EXPECT_EQ(collector_.summary.outcome, Outcome::kBadRequest);
  EXPECT_EQ(collector_.summary.message, "body is empty");
}

TEST_F(RouterGrpcClientTest, PauseReachesTheProviderAndResumeLetsItGoOn) {
  fake_.body_bytes = 20 << 20;
  collector_.on_data = [this] { call_->Pause(); };
  Start("big");
  ASSERT_TRUE(AwaitLog([&] { return log_.pauses >= 1; }));
  {
    std::lock_guard lock(log_.mutex);
    EXPECT_LT(log_.sent, rpc::kWindowBytes + rpc::kHighWaterBytes + rpc::kBatchBytes + 50'000);
  }
  collector_.on_data = nullptr;
  OnWorker([this] { call_->Resume(); });
  ASSERT_TRUE(collector_.AwaitDone());
  EXPECT_EQ(collector_.received, fake_.body_bytes);
  EXPECT_GT(Logged([&] { return log_.resumes; }), 0);
}

TEST_F(RouterGrpcClientTest, ListsTargets) {
  std::promise<absl::StatusOr<std::vector<TargetStatus>>> promise;
  OnWorker([&] { client_->Targets([&](auto targets) { promise.set_value(std::move(targets)); }); });
  auto future = promise.get_future();
  ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
  const auto targets = future.get();
  ASSERT_TRUE(targets.ok()) << targets.status();
  ASSERT_EQ(targets->size(), 2u);
  EXPECT_TRUE((*targets)[0].healthy);
  EXPECT_EQ((*targets)[1].circuit, 2);
  EXPECT_EQ((*targets)[1].in_flight, 3u);
  EXPECT_EQ((*targets)[1].last_error, "timeout");
}

}  // namespace
}  // namespace portcullis::router
