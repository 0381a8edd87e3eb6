#include "apps/process/edge_front.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>

#include "apps/process/address.h"
#include "apps/process/audit_options.h"
#include "apps/process/axonflow_options.h"
#include "apps/process/targets_pages.h"
#include "libs/base/sleeper.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/app/content_options.h"

namespace portcullis::app {
namespace {

constexpr std::chrono::milliseconds kReadyTimeout{1'000};
constexpr std::chrono::milliseconds kFlushTimeout{10'000};
constexpr std::chrono::milliseconds kDrainPoll{10};

edge::LiveSettings LiveSettingsOf(const LoadedConfig& config) {
  edge::LiveSettings live;
  live.config_version = config.version;
  live.block_status = config.edge.block_status;
  live.block_stream = config.edge.block_stream;
  live.serve_without_policy = config.edge.fail_mode == edge::FailMode::kAllow;
  const policy::ConditionNeeds needs = policy::NeedsOf(config.chain);
  live.policy_headers = needs.headers;
  live.modalities = needs.modalities;
  live.asks_again = needs.asks_again;
  live.axonflow = AxonFlowLiveOf(config);
  return live;
}

absl::StatusOr<edge::EdgeOptions> EdgeOptionsOf(const LoadedConfig& config) {
  const edge::EdgeSettings& settings = config.edge;
  edge::EdgeOptions options;
  for (const std::string& text : settings.listen) {
    ASSIGN_OR_RETURN(http::ListenAddress address, ParseAddress(text));
    options.listen.push_back(std::move(address));
  }
  options.http.max_header_bytes = settings.limits.max_header_bytes;
  options.http.max_body_bytes = settings.limits.max_body_bytes;
  options.http.max_connections = settings.limits.max_connections;
  options.http.read_timeout = settings.limits.read_timeout;
  options.http.idle_timeout = settings.limits.idle_timeout;
  options.max_in_flight = settings.limits.max_in_flight;
  options.pipeline.request_timeout = settings.limits.request_timeout;
  options.pipeline.request.max_json_depth = settings.limits.max_json_depth;
  options.pipeline.request.max_messages = settings.limits.max_messages;
  options.pipeline.max_response_bytes = settings.limits.max_response_bytes;
  options.pipeline.serve_without_audit = config.audit.fail_mode == audit::SpoolFailMode::kAllow;
  ASSIGN_OR_RETURN(options.axonflow, AxonFlowOptionsOf(config));
  options.live = LiveSettingsOf(config);
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EdgeFront>> EdgeFront::Create(Context& context, runtime::WorkerPool& workers,
                                                             EdgeFrontPeers peers) {
  std::unique_ptr<EdgeFront> front(new EdgeFront(context, workers, std::move(peers)));
  RETURN_IF_ERROR(front->Build());
  return front;
}

absl::Status EdgeFront::Build() {
  audit::PipelineOptions records = RecordOptionsOf(context_);
  ASSIGN_OR_RETURN(records.contents, audit::ContentOptionsOf(context_.config.audit.content));
  ASSIGN_OR_RETURN(records_, audit::RecordPipeline::Create(records, peers_.audit, context_.clock,
                                                           context_.metrics, *context_.logger));
  for (size_t i = 0; i < workers_.size(); ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<audit::RecordSpool> spool, records_->NewSpool());
    journals_.push_back(
        std::make_unique<edge::SpoolJournal>(std::move(spool), workers_[i].io().get_executor()));
  }
  ASSIGN_OR_RETURN(edge::EdgeOptions edge_options, EdgeOptionsOf(context_.config));
  edge_options.pipeline.capture = records.contents.rules;
  if (edge_options.axonflow) {
    axonflow_desks_ = std::make_unique<edge::AxonFlowDesks>(peers_.audit, peers_.catalog, peers_.set_weights);
  }
  ASSIGN_OR_RETURN(edge_, edge::EdgeComponent::Create(
                              edge_options, workers_,
                              [this](runtime::Worker& worker) {
                                return edge::EdgePeers{peers_.policy(worker), peers_.router(worker),
                                                       *journals_[static_cast<size_t>(worker.index())],
                                                       axonflow_desks_.get()};
                              },
                              context_.clock, context_.metrics, *context_.logger,
                              context_.Tracing(telemetry::SpanKind::kServer)));
  return absl::OkStatus();
}

void EdgeFront::SetLive(const LoadedConfig& config) { edge_->SetLive(LiveSettingsOf(config)); }

absl::Status EdgeFront::StartGrpc() {
  std::vector<edge::GrpcWorker> grpc_workers;
  for (size_t i = 0; i < workers_.size(); ++i) {
    grpc_workers.push_back({&workers_[i], &edge_->PipelineOf(workers_[i])});
  }
  grpc_service_ = std::make_unique<edge::EdgeGrpcService>(std::move(grpc_workers));
  return grpc_.Start(context_.config.edge.grpc_listen, *context_.security, *grpc_service_,
                     edge::kEdgeServiceName, nullptr);
}

http::Readiness EdgeFront::Ready() {
  auto answer = std::make_shared<std::promise<absl::StatusOr<std::vector<router::TargetStatus>>>>();
  auto future = answer->get_future();
  boost::asio::post(workers_[0].io(), [this, answer] {
    peers_.router(workers_[0]).Targets([answer](absl::StatusOr<std::vector<router::TargetStatus>> targets) {
      answer->set_value(std::move(targets));
    });
  });
  if (future.wait_for(kReadyTimeout) != std::future_status::ready)
    return {{"the router does not answer"}, {}};
  const auto targets = future.get();
  if (!targets.ok())
    return {{base::StrCat("the router cannot be asked: ", base::Message(targets.status()))}, {}};
  const bool any = std::any_of(targets->begin(), targets->end(), [](const router::TargetStatus& target) {
    return target.available && target.healthy;
  });
  http::Readiness readiness;
  if (!any) readiness.reasons.push_back("no target is available: each lacks its key or is unhealthy");
  readiness.targets = ReadyTargets(*targets);
  return readiness;
}

void EdgeFront::Drain(std::chrono::milliseconds patience) {
  edge_->Drain();
  const base::MonotonicTime deadline = context_.clock.Monotonic() + patience;
  base::SystemSleeper sleeper;
  grpc_.Drain(patience);
  while (edge_->OpenConnections() > 0 && context_.clock.Monotonic() < deadline) sleeper.Sleep(kDrainPoll);
  if (const absl::Status flushed = records_->Flush(kFlushTimeout); !flushed.ok()) {
    context_.logger->Warning("audit records stay in the spool until the next start",
                             {{"reason", base::Message(flushed)}});
  }
}

}  // namespace portcullis::app
