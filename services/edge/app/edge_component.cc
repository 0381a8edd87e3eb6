#include "services/edge/app/edge_component.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>

#include "libs/base/status_macros.h"
#include "services/edge/adapters/axonflow/metered_journal.h"
#include "services/edge/app/http_front.h"

namespace portcullis::edge {

struct EdgeComponent::PerWorker {
  // `axonflow_options` and `meter` are null where AxonFlow's paths are not served.
  PerWorker(const PipelineOptions& options, const AxonFlowOptions* axonflow_options, uint32_t max_in_flight,
            runtime::Worker& its_worker, const EdgePeers& peers, Meter* meter,
            std::function<MeterFigures()> figures, const LiveSource& live, const base::Clock& clock,
            telemetry::Metrics& metrics, telemetry::Logger& logger, telemetry::Tracing tracing)
      : worker(its_worker),
        metered(meter != nullptr ? std::make_unique<MeteredJournal>(peers.journal, *meter) : nullptr),
        pipeline(options, {worker.io().get_executor(), peers.policy, peers.router,
                           metered != nullptr ? *metered : peers.journal, live, clock, rng, metrics, logger,
                           tracing}),
        in_flight(max_in_flight),
        auth(axonflow_options != nullptr
                 ? std::make_unique<AxonFlowAuth>(axonflow_options->community, axonflow_options->clients)
                 : nullptr),
        openai(pipeline, in_flight, auth.get()),
        axonflow(axonflow_options != nullptr
                     ? std::make_unique<AxonFlowHandler>(pipeline, in_flight, *axonflow_options, *auth,
                                                         AxonFlowSources{*peers.axonflow, std::move(figures)})
                     : nullptr),
        front(openai, axonflow.get()) {}

  runtime::Worker& worker;
  base::SystemRng rng;
  std::unique_ptr<MeteredJournal> metered;
  Pipeline pipeline;
  InFlight in_flight;
  std::unique_ptr<AxonFlowAuth> auth;
  OpenAiHandler openai;
  std::unique_ptr<AxonFlowHandler> axonflow;
  HttpFront front;
  std::unique_ptr<http::Server> server;
};

EdgeComponent::EdgeComponent(const EdgeOptions& options)
    : live_(std::make_shared<const LiveSettings>(options.live)), axonflow_(options.axonflow) {}
EdgeComponent::~EdgeComponent() = default;

absl::StatusOr<std::unique_ptr<EdgeComponent>> EdgeComponent::Create(
    const EdgeOptions& options, runtime::WorkerPool& workers,
    const std::function<EdgePeers(runtime::Worker&)>& peers, const base::Clock& clock,
    telemetry::Metrics& metrics, telemetry::Logger& logger, telemetry::Tracing tracing) {
  std::unique_ptr<EdgeComponent> component(new EdgeComponent(options));
  const uint32_t count = static_cast<uint32_t>(workers.size());
  const uint32_t share = std::max(1u, (options.max_in_flight + count - 1) / count);
  std::vector<http::ListenAddress> listen = options.listen;
  http::ServerOptions http = options.http;
  http.max_connections = std::max<size_t>(1, (http.max_connections + count - 1) / count);
  http.exclusive = true;
  const AxonFlowOptions* const axonflow = component->axonflow_ ? &*component->axonflow_ : nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    Meter* const meter = axonflow != nullptr ? &component->meters_.emplace_back() : nullptr;
    auto& added = component->workers_.emplace_back(std::make_unique<PerWorker>(
        options.pipeline, axonflow, share, workers[i], peers(workers[i]), meter,
        [all = component.get()] { return all->Figures(); }, component->live_, clock, metrics, logger,
        tracing));
    ASSIGN_OR_RETURN(added->server, http::Server::Listen(workers[i], listen, http,
                                                         {added->front, added->front, clock, metrics}));
    listen = added->server->addresses();  // the other workers join the ports of the first
    http.exclusive = false;
  }
  return component;
}

const std::vector<http::ListenAddress>& EdgeComponent::addresses() const {
  return workers_[0]->server->addresses();
}

MeterFigures EdgeComponent::Figures() const {
  MeterFigures figures;
  for (const Meter& meter : meters_) figures.Add(meter.Figures());
  return figures;
}

Pipeline& EdgeComponent::PipelineOf(const runtime::Worker& worker) {
  return workers_[worker.index()]->pipeline;
}

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
