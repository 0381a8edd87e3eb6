#include "apps/process/edge_front.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>

#include "apps/process/address.h"
#include "libs/base/sleeper.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

constexpr std::chrono::milliseconds kUnreadyTimeout{1'000};
constexpr std::chrono::milliseconds kFlushTimeout{10'000};
constexpr std::chrono::milliseconds kDrainPoll{10};

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
  options.pipeline.request.max_json_depth = settings.limits.max_json_depth;
  options.pipeline.request.max_messages = settings.limits.max_messages;
  options.pipeline.max_response_bytes = settings.limits.max_response_bytes;
  options.pipeline.block_status = settings.block_status;
  options.pipeline.block_stream = settings.block_stream;
  options.pipeline.serve_without_audit = config.audit.fail_mode == audit::SpoolFailMode::kAllow;
  options.pipeline.serve_without_policy = settings.fail_mode == edge::FailMode::kAllow;
  options.pipeline.config_version = config.version;
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
  audit::PipelineOptions options;
  options.state_dir = context_.state_dir;
  options.durability = context_.config.audit.durability == audit::Durability::kDisk ? spool::Durability::kDisk
                                                                                    : spool::Durability::kProcess;
  options.max_spool_bytes = context_.config.audit.spool_max_bytes;
  options.max_spool_age = context_.config.audit.spool_max_age;
  ASSIGN_OR_RETURN(records_, audit::RecordPipeline::Create(options, peers_.audit, context_.clock, context_.metrics,
                                                           *context_.logger));
  for (size_t i = 0; i < workers_.size(); ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<audit::RecordSpool> spool, records_->NewSpool());
    journals_.push_back(std::make_unique<edge::SpoolJournal>(std::move(spool), workers_[i].io().get_executor()));
  }
  ASSIGN_OR_RETURN(const edge::EdgeOptions edge_options, EdgeOptionsOf(context_.config));
  ASSIGN_OR_RETURN(edge_, edge::EdgeComponent::Create(
                              edge_options, workers_,
                              [this](runtime::Worker& worker) {
                                return edge::EdgePeers{peers_.policy(worker), peers_.router(worker),
                                                       *journals_[static_cast<size_t>(worker.index())]};
                              },
                              context_.clock, context_.metrics, *context_.logger));
  return absl::OkStatus();
}

absl::Status EdgeFront::StartGrpc() {
  std::vector<edge::GrpcWorker> grpc_workers;
  for (size_t i = 0; i < workers_.size(); ++i) {
    grpc_workers.push_back({&workers_[i], &edge_->PipelineOf(workers_[i])});
  }
  grpc_service_ = std::make_unique<edge::EdgeGrpcService>(std::move(grpc_workers));
  return grpc_.Start(context_.config.edge.grpc_listen, *grpc_service_, edge::kEdgeServiceName, nullptr);
}

std::vector<std::string> EdgeFront::Unready() {
  auto answer = std::make_shared<std::promise<absl::StatusOr<std::vector<router::TargetStatus>>>>();
  auto future = answer->get_future();
  boost::asio::post(workers_[0].io(), [this, answer] {
    peers_.router(workers_[0]).Targets([answer](absl::StatusOr<std::vector<router::TargetStatus>> targets) {
      answer->set_value(std::move(targets));
    });
  });
  if (future.wait_for(kUnreadyTimeout) != std::future_status::ready) return {"the router does not answer"};
  const auto targets = future.get();
  if (!targets.ok()) return {base::StrCat("the router cannot be asked: ", base::Message(targets.status()))};
  const bool any = std::any_of(targets->begin(), targets->end(), [](const router::TargetStatus& target) {
    return target.available && target.healthy;
  });
  if (any) return {};
  return {"no target is available: each lacks its key or is unhealthy"};
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
