// The plain RPCs of the router service over real gRPC.
#include "services/router/adapters/grpc/router_grpc_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include "libs/rpc/channel.h"
#include "libs/rpc/server_host.h"
#include "tests/unit/services/router/client/fake_router.h"

namespace portcullis::router {
namespace {

constexpr std::chrono::seconds kPatience{20};

class RouterGrpcServiceTest : public ::testing::Test {
 protected:
  RouterGrpcServiceTest()
      : worker_(0),
        fake_(worker_.io(), log_),
        service_({{&worker_, &fake_}}, admin_, clock_),
        host_({}, rpc::PlaintextServerCredentials()) {
    worker_.Start();
    host_.AddService(service_, kRouterServiceName);
    EXPECT_TRUE(host_.Start().ok());
    stub_ = v1::RouterService::NewStub(rpc::NewChannel("ipv4:127.0.0.1:" + std::to_string(host_.port()),
                                                       rpc::PlaintextChannelCredentials()));
    context_ = rpc::NewClientContext(clock_.Monotonic() + kPatience, clock_);
    request_.set_operation(v1::OPERATION_CHAT_COMPLETIONS);
    request_.set_body("{}");
  }

  base::SystemClock clock_;
  FakeRouterLog log_;
  runtime::Worker worker_;
  FakeRouter fake_;
  FakeAdmin admin_;
  RouterGrpcService service_;
  rpc::ServerHost host_;
  std::unique_ptr<v1::RouterService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  v1::CompleteRequest request_;
};

TEST_F(RouterGrpcServiceTest, StreamsHeadDataAndSummary) {
  fake_.body_bytes = 3 << 20;
  auto stream = stub_->Complete(context_.get(), request_);
  v1::CompleteResponse part;
  ASSERT_TRUE(stream->Read(&part));
  EXPECT_EQ(part.head().target(), "t1");
  size_t bytes = 0;
  while (stream->Read(&part) && part.has_data()) bytes += part.data().size();
  EXPECT_EQ(bytes, fake_.body_bytes);
  EXPECT_EQ(part.summary().outcome(), v1::OUTCOME_OK);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(RouterGrpcServiceTest, CancellationReachesTheUpstreamCall) {
  request_.set_model("hold");
  auto stream = stub_->Complete(context_.get(), request_);
  const auto reached = [&](auto condition) {
    for (const auto end = clock_.Monotonic() + kPatience; clock_.Monotonic() < end;) {
      std::lock_guard lock(log_.mutex);
      if (condition()) return true;
    }
    return false;
  };
  ASSERT_TRUE(reached([&] { return log_.requests.size() == 1; }));
  context_->TryCancel();
  EXPECT_TRUE(reached([&] { return log_.destroyed == 1; }));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(RouterGrpcServiceTest, RefusesWhatItDoesNotUnderstand) {
  request_.set_operation(v1::OPERATION_UNSPECIFIED);
  auto stream = stub_->Complete(context_.get(), request_);
  v1::CompleteResponse part;
  EXPECT_FALSE(stream->Read(&part));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RouterGrpcServiceTest, ListsTargets) {
  v1::ListTargetsResponse response;
  ASSERT_TRUE(stub_->ListTargets(context_.get(), {}, &response).ok());
  ASSERT_EQ(response.targets_size(), 2);
  EXPECT_EQ(response.targets(0).circuit(), v1::CIRCUIT_STATE_CLOSED);
  EXPECT_EQ(response.targets(1).circuit(), v1::CIRCUIT_STATE_OPEN);
}

TEST_F(RouterGrpcServiceTest, ControlsATarget) {
  v1::ControlTargetRequest request;
  v1::ControlTargetResponse response;
  request.set_target("t1");
  request.mutable_context()->set_user("jane");
  request.set_action(v1::TARGET_ACTION_FORCE_OPEN);
  ASSERT_TRUE(stub_->ControlTarget(context_.get(), request, &response).ok());
  EXPECT_EQ(admin_.last, TargetAction::kForceOpen);
  EXPECT_EQ(admin_.last_by.user, "jane");
  EXPECT_EQ(admin_.last_by.address, "127.0.0.1");
  EXPECT_EQ(admin_.last_by.method, "GRPC");
  const auto status_of = [&] {
    return stub_
        ->ControlTarget(rpc::NewClientContext(clock_.Monotonic() + kPatience, clock_).get(), request,
                        &response)
        .error_code();
  };
  request.set_action(v1::TARGET_ACTION_UNSPECIFIED);
  EXPECT_EQ(status_of(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_action(v1::TARGET_ACTION_DRAIN);
  request.set_target("t9");
  EXPECT_EQ(status_of(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(RouterGrpcServiceTest, SetsWeights) {
  v1::SetWeightsRequest request;
  v1::SetWeightsResponse response;
  request.mutable_context()->set_user("jane");
  (*request.mutable_weights())["t1"] = 2.5;
  ASSERT_TRUE(stub_->SetWeights(context_.get(), request, &response).ok());
  EXPECT_EQ(admin_.last_weights, (TargetWeights{{"t1", 2.5}}));
  EXPECT_EQ(admin_.last_by.user, "jane");
  EXPECT_EQ(admin_.last_by.endpoint, "/portcullis.router.v1.RouterService/SetWeights");
}

}  // namespace
}  // namespace portcullis::router
