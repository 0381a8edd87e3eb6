// The plain RPCs of the policy service over real gRPC.
#include "services/policy/adapters/grpc/policy_grpc_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <thread>

#include "libs/rpc/channel.h"
#include "libs/rpc/server_host.h"
#include "tests/unit/services/policy/client/fake_policy.h"

namespace portcullis::policy {
namespace {

class PolicyGrpcServiceTest : public ::testing::Test {
 protected:
  PolicyGrpcServiceTest()
      : fake_(log_), service_({&fake_}, clock_), host_({}, rpc::PlaintextServerCredentials()) {
    host_.AddService(service_, kPolicyServiceName);
    EXPECT_TRUE(host_.Start().ok());
    stub_ = v1::PolicyService::NewStub(rpc::NewChannel("ipv4:127.0.0.1:" + std::to_string(host_.port()),
                                                       rpc::PlaintextChannelCredentials()));
    context_ = rpc::NewClientContext(clock_.Monotonic() + std::chrono::seconds(20), clock_);
  }

  base::SystemClock clock_;
  FakePolicyLog log_;
  FakePolicy fake_;
  PolicyGrpcService service_;
  rpc::ServerHost host_;
  std::unique_ptr<v1::PolicyService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
};

TEST_F(PolicyGrpcServiceTest, ChecksInput) {
  v1::CheckRequest request;
  request.mutable_context()->set_tenant("acme");
  request.set_model("m");
  request.add_headers()->set_name("x-team");
  request.add_modalities(v1::MODALITY_IMAGE);
  request.add_segments()->set_text("a SECRET");
  v1::CheckResponse response;
  const grpc::Status status = stub_->Check(context_.get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.bundle(), "bundle-1");
  EXPECT_EQ(response.decision().action(), v1::ACTION_REDACT);
  ASSERT_EQ(response.decision().edits_size(), 1);
  EXPECT_EQ(log_.contexts.at(0).tenant, "acme");
  const OpenRequest& opened = log_.requests.at(0);
  EXPECT_EQ(opened.input.size(), 1u);
  EXPECT_EQ(opened.model, "m");
  EXPECT_EQ(opened.headers.at(0).name, "x-team");
  EXPECT_EQ(opened.modalities, kModalityImage);
  EXPECT_TRUE(opened.only_input);
  EXPECT_EQ(log_.closed.size(), 1u);
  // The RPC's own deadline holds when the context names none.
  EXPECT_NE(log_.contexts.at(0).deadline, base::MonotonicTime{});
}

TEST_F(PolicyGrpcServiceTest, ChecksOutputAsOutput) {
  v1::CheckRequest request;
  request.set_direction(v1::DIRECTION_OUTPUT);
  request.add_segments()->set_text("please BLOCK");
  v1::CheckResponse response;
  ASSERT_TRUE(stub_->Check(context_.get(), request, &response).ok());
  EXPECT_EQ(response.decision().action(), v1::ACTION_BLOCK);
  EXPECT_TRUE(log_.requests.at(0).input.empty());
  EXPECT_EQ(log_.closed.size(), 1u);
}

TEST_F(PolicyGrpcServiceTest, RefusesWhatItDoesNotUnderstand) {
  v1::CheckRequest request;
  request.add_segments()->set_role(static_cast<v1::Role>(55));
  v1::CheckResponse response;
  const grpc::Status status = stub_->Check(context_.get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("segments[0].role"));
}

TEST_F(PolicyGrpcServiceTest, AnExchangeReleasesText) {
  auto stream = stub_->Exchange(context_.get());
  v1::ExchangeRequest open;
  open.mutable_open()->add_input()->set_text("hello");
  v1::ExchangeResponse response;
  ASSERT_TRUE(stream->Write(open));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.open().decision().action(), v1::ACTION_ALLOW);
  std::string text;
  for (const char* piece : {"one SEC", "RET and", " the end"}) {
    v1::ExchangeRequest guard;
    guard.mutable_guard()->add_pieces()->set_text(piece);
    guard.mutable_guard()->mutable_pieces(0)->set_last(piece[0] == ' ');
    ASSERT_TRUE(stream->Write(guard));
    ASSERT_TRUE(stream->Read(&response));
    for (const v1::Release& release : response.guard().releases()) text += release.text();
  }
  EXPECT_EQ(text, "one [X] and the end");
  v1::ExchangeRequest close;
  close.mutable_close()->set_completed(true);
  ASSERT_TRUE(stream->Write(close));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(log_.closed.size(), 1u);
}

TEST_F(PolicyGrpcServiceTest, StepsOutOfOrderAreRefused) {
  auto stream = stub_->Exchange(context_.get());
  v1::ExchangeRequest guard;
  guard.mutable_guard();
  ASSERT_TRUE(stream->Write(guard));
  v1::ExchangeResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(PolicyGrpcServiceTest, ABlockedExchangeEnds) {
  auto stream = stub_->Exchange(context_.get());
  v1::ExchangeRequest open;
  open.mutable_open()->add_input()->set_text("BLOCK");
  ASSERT_TRUE(stream->Write(open));
  v1::ExchangeResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.open().decision().action(), v1::ACTION_BLOCK);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

// Answers as a policy does that asks a service outside: later, from another thread.
class LateExchange final : public Exchange {
 public:
  explicit LateExchange(std::vector<std::thread>& threads) : threads_(threads) {}
  void SetTarget(std::string_view) override {}
  void SetCanAskAgain(bool) override {}
  void CheckOutput(std::vector<Segment> segments, DecisionCallback done) override {
    threads_.emplace_back([decision = FakeDecide(segments), done = std::move(done)]() mutable {
      std::move(done)(std::move(decision));
    });
  }
  void Guard(const std::vector<Piece>& pieces, GuardCallback done) override {
    GuardResult result;
    result.releases.push_back({0, static_cast<uint32_t>(pieces[0].text.size()), {}});
    threads_.emplace_back([result, done = std::move(done)]() mutable { std::move(done)(std::move(result)); });
  }
  void Close(const ExchangeSummary&) override {}

 private:
  std::vector<std::thread>& threads_;
};

class LatePolicy final : public PolicyApi {
 public:
  void Open(const OpenRequest& request, OpenCallback done) override {
    OpenResult result;
    result.decision = *FakeDecide(request.input);
    if (result.decision.action != Action::kBlock) result.exchange = std::make_unique<LateExchange>(threads);
    threads.emplace_back([result = std::move(result), done = std::move(done)]() mutable {
      std::move(done)(std::move(result));
    });
  }
  std::vector<std::thread> threads;  // the service asks one question at a time here
};

TEST(LatePolicyTest, AnswersThatComeLaterAreSent) {
  base::SystemClock clock;
  LatePolicy late;
  PolicyGrpcService service({&late}, clock);
  {
    rpc::ServerHost host({}, rpc::PlaintextServerCredentials());
    host.AddService(service, kPolicyServiceName);
    ASSERT_TRUE(host.Start().ok());
    const auto stub = v1::PolicyService::NewStub(
        rpc::NewChannel("ipv4:127.0.0.1:" + std::to_string(host.port()), rpc::PlaintextChannelCredentials()));
    const auto new_context = [&] {
      return rpc::NewClientContext(clock.Monotonic() + std::chrono::seconds(20), clock);
    };
    v1::CheckRequest check;
    check.set_direction(v1::DIRECTION_OUTPUT);
    check.add_segments()->set_text("please BLOCK");
    v1::CheckResponse verdict;
    ASSERT_TRUE(stub->Check(new_context().get(), check, &verdict).ok());
    EXPECT_EQ(verdict.decision().action(), v1::ACTION_BLOCK);

    const auto context = new_context();
    auto stream = stub->Exchange(context.get());
    v1::ExchangeRequest step;
    step.mutable_open()->add_input()->set_text("hello");
    v1::ExchangeResponse response;
    ASSERT_TRUE(stream->Write(step) && stream->Read(&response));
    EXPECT_EQ(response.open().decision().action(), v1::ACTION_ALLOW);
    step.mutable_guard()->add_pieces()->set_text("text");
    ASSERT_TRUE(stream->Write(step) && stream->Read(&response));
    EXPECT_EQ(response.guard().releases(0).text(), "text");
    step.mutable_close();
    ASSERT_TRUE(stream->Write(step));
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_TRUE(stream->Finish().ok());
  }
  for (std::thread& thread : late.threads) thread.join();
}

}  // namespace
}  // namespace portcullis::policy
