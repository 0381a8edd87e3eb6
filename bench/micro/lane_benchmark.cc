// What one round trip costs: over a lane, and as a unary call, alone and with 32 in flight. Both sides are in
// this process, over loopback TCP; requests and answers of 330 bytes. Run it on one core (taskset -c 0) for
// the CPU cost per round trip, or on all for the latency alone.
#include <benchmark/benchmark.h>
#include <grpcpp/grpcpp.h>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/rpc/lane_client.h"
#include "libs/rpc/lane_server.h"
#include "libs/rpc/server_host.h"
#include "portcullis/policy/v1/policy_service.grpc.pb.h"

namespace portcullis::rpc {
namespace {

namespace pb = policy::v1;

constexpr size_t kRequestBytes = 330;

class EchoHandler final : public LaneHandler {
 public:
  std::unique_ptr<LaneServerCall> OnOpen(base::RequestContext, std::string message,
                                         LaneReply reply) override {
    reply.SendLast(std::move(message));
    return nullptr;
  }
};

class BenchService final : public pb::PolicyService::CallbackService {
 public:
  explicit BenchService(LaneServer& lanes) : lanes_(lanes) {}
  grpc::ServerBidiReactor<common::v1::LaneBatch, common::v1::LaneBatch>* Lane(
      grpc::CallbackServerContext*) override {
    return lanes_.Accept();
  }
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const pb::CheckRequest* request,
                                  pb::CheckResponse* response) override {
    response->set_bundle(request->model());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  LaneServer& lanes_;
};

struct Server {
  explicit Server(runtime::Worker* worker)
      : lanes({}, clock, {{worker, &handler}}), service(lanes), host({}, PlaintextServerCredentials()) {
    host.AddService(service, "portcullis.policy.v1.PolicyService");
    if (!host.Start().ok()) std::abort();
  }
  std::string target() const { return "127.0.0.1:" + std::to_string(host.port()); }

  base::SystemClock clock;
  EchoHandler handler;
  LaneServer lanes;
  BenchService service;
  ServerHost host;
};

// Keeps `in_flight` calls open until `total` have been answered.
class LaneLoad {
 public:
  LaneLoad(LaneClient& client, int in_flight, int64_t total)
      : client_(client), left_(total), running_(in_flight) {
    context_.request_id = "req_0123456789abcdef0123456789abcdef";
    context_.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    context_.tenant = "acme";
    for (int i = 0; i < in_flight; ++i) calls_.push_back(std::make_unique<Call>(*this));
  }
  void Start() {
    for (auto& call : calls_) call->Next();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  class Call final : public LaneObserver {
   public:
    explicit Call(LaneLoad& load) : load_(load) {}
    void Next() {
      if (load_.left_-- <= 0) return load_.Done();
      call_ = load_.client_.Open(load_.context_, std::string(kRequestBytes, 'x'), *this);
    }
    void OnMessage(std::string message) override { benchmark::DoNotOptimize(message); }
    void OnData(std::string_view) override {}
    void OnWritable() override {}
    void OnEnd(const absl::Status& status) override {
      if (!status.ok()) std::abort();
      Next();
    }

   private:
    LaneLoad& load_;
    std::unique_ptr<LaneCall> call_;
  };

  void Done() {
    std::lock_guard lock(mutex_);
    if (--running_ == 0) done_.notify_all();
  }

  LaneClient& client_;
  base::RequestContext context_;
  int64_t left_;
  int running_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::mutex mutex_;
  std::condition_variable done_;
};

void RunLane(benchmark::State& state, bool server_on_worker) {
  runtime::Worker server_worker(1);
  server_worker.Start();
  Server server(server_on_worker ? &server_worker : nullptr);
  runtime::Worker worker(0);
  worker.Start();
  base::SystemRng rng(1);
  LaneClientOptions options;
  options.service = "bench";
  options.method = "/portcullis.policy.v1.PolicyService/Lane";
  options.targets = {server.target()};
  auto client =
      std::make_unique<LaneClient>(options, worker, server.clock, rng, PlaintextChannelCredentials(),
                                   std::make_unique<DnsResolver>(worker.io()));
  client->Start();
  const auto in_flight = static_cast<int>(state.range(0));
  const int64_t batch = in_flight == 1 ? 200 : 20'000;
  for (auto _ : state) {
    LaneLoad load(*client, in_flight, batch);
    boost::asio::post(worker.io(), [&] { load.Start(); });
    load.Wait();
  }
  state.SetItemsProcessed(state.iterations() * batch);
  worker.Stop();
  worker.Join();
  client.reset();
}

void BM_LaneInline(benchmark::State& state) { RunLane(state, false); }
BENCHMARK(BM_LaneInline)->Arg(1)->Arg(4)->Arg(32)->UseRealTime()->MeasureProcessCPUTime();

void BM_LaneOnWorker(benchmark::State& state) { RunLane(state, true); }
BENCHMARK(BM_LaneOnWorker)->Arg(1)->Arg(4)->Arg(32)->UseRealTime()->MeasureProcessCPUTime();

void BM_Unary(benchmark::State& state) {
  Server server(nullptr);
  const auto stub =
      pb::PolicyService::NewStub(NewChannel("ipv4:" + server.target(), PlaintextChannelCredentials()));
  const auto in_flight = static_cast<int>(state.range(0));
  const int64_t batch = in_flight == 1 ? 200 : 10'000;
  struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    pb::CheckRequest request;
    pb::CheckResponse response;
  };
  for (auto _ : state) {
    std::mutex mutex;
    std::condition_variable done;
    int64_t left = batch;
    int running = in_flight;
    std::vector<Slot> slots(static_cast<size_t>(in_flight));
    std::function<void(Slot&)> next = [&](Slot& slot) {
      {
        std::lock_guard lock(mutex);
        if (left-- <= 0) {
          if (--running == 0) done.notify_all();
          return;
        }
      }
      slot.context = NewClientContext({}, server.clock);
      slot.request.set_model(std::string(kRequestBytes, 'x'));
      stub->async()->Check(slot.context.get(), &slot.request, &slot.response, [&](grpc::Status status) {
        if (!status.ok()) std::abort();
        next(slot);
      });
    };
    for (Slot& slot : slots) next(slot);
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return running == 0; });
  }
  state.SetItemsProcessed(state.iterations() * batch);
}
BENCHMARK(BM_Unary)->Arg(1)->Arg(4)->Arg(32)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
}  // namespace portcullis::rpc

BENCHMARK_MAIN();
