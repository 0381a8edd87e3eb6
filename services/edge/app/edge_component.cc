#include "services/edge/app/edge_component.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>

#include "libs/base/status_macros.h"

namespace portcullis::edge {

struct EdgeComponent::PerWorker {
  PerWorker(const EdgeOptions& options, uint32_t max_in_flight, runtime::Worker& its_worker, const EdgePeers& peers,
            const LiveSource& live, const base::Clock& clock, telemetry::Metrics& metrics, telemetry::Logger& logger)
      : worker(its_worker),
        pipeline(options.pipeline, {worker.io().get_executor(), peers.policy, peers.router, peers.journal, live, clock, rng,
                                    metrics, logger}),
        handler(pipeline, {max_in_flight}) {}

  runtime::Worker& worker;
  base::SystemRng rng;
  Pipeline pipeline;
  OpenAiHandler handler;
  std::unique_ptr<http::Server> server;
};

EdgeComponent::EdgeComponent(const LiveSettings& live) : live_(std::make_shared<const LiveSettings>(live)) {}
EdgeComponent::~EdgeComponent() = default;

absl::StatusOr<std::unique_ptr<EdgeComponent>> EdgeComponent::Create(
    const EdgeOptions& options, runtime::WorkerPool& workers,
    const std::function<EdgePeers(runtime::Worker&)>& peers, const base::Clock& clock, telemetry::Metrics& metrics,
    telemetry::Logger& logger) {
  std::unique_ptr<EdgeComponent> component(new EdgeComponent(options.live));
  const uint32_t count = static_cast<uint32_t>(workers.size());
  const uint32_t share = std::max(1u, (options.max_in_flight + count - 1) / count);
  std::vector<http::ListenAddress> listen = options.listen;
  http::ServerOptions http = options.http;
  http.max_connections = std::max<size_t>(1, (http.max_connections + count - 1) / count);
  http.exclusive = true;
  for (uint32_t i = 0; i < count; ++i) {
    auto& added = component->workers_.emplace_back(
        std::make_unique<PerWorker>(options, share, workers[i], peers(workers[i]), component->live_, clock, metrics, logger));
    ASSIGN_OR_RETURN(added->server, http::Server::Listen(workers[i], listen, http,
                                                         {added->handler, added->handler, clock, metrics}));
    listen = added->server->addresses();  // the other workers join the ports of the first
    http.exclusive = false;
  }
  return component;
}

const std::vector<http::ListenAddress>& EdgeComponent::addresses() const { return workers_[0]->server->addresses(); }

Pipeline& EdgeComponent::PipelineOf(const runtime::Worker& worker) { return workers_[worker.index()]->pipeline; }

void EdgeComponent::Drain() {
  for (auto& worker : workers_) {
    boost::asio::post(worker->worker.io(), [server = worker->server.get()] { server->Drain(); });
  }
}

size_t EdgeComponent::OpenConnections() {
  size_t open = 0;
  for (auto& worker : workers_) {
    std::promise<size_t> answer;
    boost::asio::post(worker->worker.io(),
                      [&, server = worker->server.get()] { answer.set_value(server->OpenConnections()); });
    open += answer.get_future().get();
  }
  return open;
}

}  // namespace portcullis::edge
