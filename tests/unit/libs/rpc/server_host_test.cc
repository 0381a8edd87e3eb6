#include "libs/rpc/server_host.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <atomic>

#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/health.h"
#include "portcullis/policy/v1/policy_service.grpc.pb.h"

namespace portcullis::rpc {
namespace {

using policy::v1::CheckRequest;
using policy::v1::CheckResponse;
using policy::v1::PolicyService;

constexpr char kName[] = "portcullis.policy.v1.PolicyService";

class Service final : public PolicyService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const CheckRequest* request,
                                  CheckResponse* response) override {
    ++calls;
    response->set_bundle(request->model());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::atomic<int> calls{0};
};

class ServerHostTest : public ::testing::Test {
 protected:
  std::shared_ptr<grpc::Channel> Channel(const ServerHost& host) {
    return NewChannel("ipv4:127.0.0.1:" + std::to_string(host.port()), PlaintextChannelCredentials());
  }
  std::unique_ptr<grpc::ClientContext> Context() {
    return NewClientContext(clock_.Monotonic() + std::chrono::seconds(20), clock_);
  }
  // The health of a service; if the call fails, its status code, negative.
  int Health(const ServerHost& host, const std::string& service) {
    grpc::health::v1::HealthCheckRequest request;
    grpc::health::v1::HealthCheckResponse response;
    request.set_service(service);
    const auto context = Context();
    const auto stub = grpc::health::v1::Health::NewStub(Channel(host));
    const grpc::Status status = stub->Check(context.get(), request, &response);
    return status.ok() ? response.status() : -static_cast<int>(status.error_code());
  }

  base::SystemClock clock_;
  Service service_;
};

constexpr int kServing = 1, kNotServing = 2;

TEST_F(ServerHostTest, ServesOnAPortOfItsChoice) {
  ServerHost host({}, PlaintextServerCredentials());
  host.AddService(service_, kName);
  EXPECT_EQ(host.port(), 0);
  ASSERT_TRUE(host.Start().ok());
  EXPECT_GT(host.port(), 0);
  const auto stub = PolicyService::NewStub(Channel(host));
  CheckRequest request;
  request.set_model("m");
  CheckResponse response;
  ASSERT_TRUE(stub->Check(Context().get(), request, &response).ok());
  EXPECT_EQ(response.bundle(), "m");
}

TEST_F(ServerHostTest, HealthIsPerService) {
  ServerHost host({}, PlaintextServerCredentials());
  host.AddService(service_, kName);
  ASSERT_TRUE(host.Start().ok());
  EXPECT_EQ(Health(host, ""), kNotServing);
  EXPECT_EQ(Health(host, kName), kNotServing);
  host.SetServing(kName, true);
  EXPECT_EQ(Health(host, kName), kServing);
  EXPECT_EQ(Health(host, ""), kNotServing);
  host.SetAllServing(true);
  EXPECT_EQ(Health(host, ""), kServing);
  EXPECT_EQ(Health(host, "unknown.Service"), -static_cast<int>(grpc::StatusCode::NOT_FOUND));
}

TEST_F(ServerHostTest, AskHealthTellsWhetherItServes) {
  ServerHost host({}, PlaintextServerCredentials());
  host.AddService(service_, kName);
  ASSERT_TRUE(host.Start().ok());
  constexpr std::chrono::seconds kPatience{20};
  EXPECT_EQ(AskHealth(Channel(host), kPatience, clock_).message(), "it answers that it does not serve");
  host.SetAllServing(true);
  EXPECT_TRUE(AskHealth(Channel(host), kPatience, clock_).ok());
  const auto nobody = NewChannel("127.0.0.1:1", PlaintextChannelCredentials());
  EXPECT_EQ(AskHealth(nobody, kPatience, clock_).code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerHostTest, CallsAreSpreadOverAllAddresses) {
  Service other_service;
  ServerHost first({}, PlaintextServerCredentials()), second({}, PlaintextServerCredentials());
  first.AddService(service_, kName);
  second.AddService(other_service, kName);
  ASSERT_TRUE(first.Start().ok() && second.Start().ok());
  const std::string both =
      "ipv4:127.0.0.1:" + std::to_string(first.port()) + ",127.0.0.1:" + std::to_string(second.port());
  const auto channels = NewChannels({both}, PlaintextChannelCredentials());
  ASSERT_EQ(channels.size(), 1u);
  const auto stub = PolicyService::NewStub(channels[0]);
  CheckRequest request;
  CheckResponse response;
  const auto call = [&] { ASSERT_TRUE(stub->Check(Context().get(), request, &response).ok()); };
  // Until both are connected, the one that is gets all calls.
  while (service_.calls == 0 || other_service.calls == 0) call();
  const int before = service_.calls, other_before = other_service.calls;
  for (int i = 0; i < 20; ++i) call();
  EXPECT_EQ(service_.calls - before, 10);
  EXPECT_EQ(other_service.calls - other_before, 10);
}

TEST_F(ServerHostTest, AConnectionEndsAtItsAgeAndIsMadeAnew) {
  ServerHostOptions options;
  options.max_connection_age = std::chrono::milliseconds(50);
  ServerHost host(options, PlaintextServerCredentials());
  host.AddService(service_, kName);
  ASSERT_TRUE(host.Start().ok());
  const auto channel = Channel(host);
  const auto stub = PolicyService::NewStub(channel);
  CheckRequest request;
  CheckResponse response;
  ASSERT_TRUE(stub->Check(Context().get(), request, &response).ok());
  EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY,
                                          std::chrono::system_clock::now() + std::chrono::seconds(20)));
  ASSERT_TRUE(stub->Check(Context().get(), request, &response).ok());
}

TEST_F(ServerHostTest, AnAddressInUseIsAnError) {
  ServerHost first({}, PlaintextServerCredentials());
  ASSERT_TRUE(first.Start().ok());
  ServerHostOptions options;
  options.address = "127.0.0.1:" + std::to_string(first.port());
  ServerHost second(options, PlaintextServerCredentials());
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(options.address));
}

TEST_F(ServerHostTest, MessagesOverTheLimitAreRefused) {
  ServerHostOptions options;
  options.max_receive_bytes = 1000;
  ServerHost host(options, PlaintextServerCredentials());
  host.AddService(service_, kName);
  ASSERT_TRUE(host.Start().ok());
  const auto stub = PolicyService::NewStub(Channel(host));
  CheckRequest request;
  request.set_model(std::string(2000, 'm'));
  CheckResponse response;
  EXPECT_EQ(stub->Check(Context().get(), request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServerHostTest, DrainRunsItsHooksAndEnds) {
  ServerHost host({}, PlaintextServerCredentials());
  host.AddService(service_, kName);
  int hooks = 0;
  host.OnDrain([&] { ++hooks; });
  ASSERT_TRUE(host.Start().ok());
  host.Drain(std::chrono::seconds(5));
  host.Drain(std::chrono::seconds(5));
  EXPECT_EQ(hooks, 1);
}

}  // namespace
}  // namespace portcullis::rpc
