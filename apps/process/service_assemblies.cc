// The services as processes of their own: a handler behind a gRPC server.
#include <algorithm>

#include "apps/process/assemblies.h"
#include "apps/process/audit_options.h"
#include "apps/process/audited_admin.h"
#include "apps/process/hosted_service.h"
#include "apps/process/router_options.h"
#include "apps/process/targets_pages.h"
#include "apps/process/worker_count.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/rpc/channel.h"
#include "libs/runtime/worker.h"
#include "services/audit/adapters/grpc/audit_grpc_service.h"
#include "services/audit/app/audit_component.h"
#include "services/audit/client/audit_grpc_client.h"
#include "services/audit/client/translate.h"
#include "services/policy/adapters/grpc/catalog_grpc_service.h"
#include "services/policy/adapters/grpc/policy_grpc_service.h"
#include "services/policy/app/catalog_handler.h"
#include "services/policy/app/policy_component.h"
#include "services/router/adapters/grpc/router_grpc_service.h"
#include "services/router/app/router_component.h"

namespace portcullis::app {
namespace {

constexpr uint64_t kOperatorSegmentBytes = 1 << 20;
constexpr std::chrono::seconds kFlushTimeout{5};
constexpr std::chrono::seconds kAuditConnectionAge{30};
constexpr char kAuditServiceName[] = "portcullis.audit.v1.AuditService";

class PolicyAssembly final : public Assembly {
 public:
  absl::Status Build(Context& context) {
    const int instances = WorkerCount(context.config);
    ASSIGN_OR_RETURN(policy_, policy::PolicyComponent::Create(context.config.chain, instances, context.clock,
                                                              context.metrics, *context.logger, nullptr,
                                                              context.Tracing(telemetry::SpanKind::kServer)));
    std::vector<policy::PolicyApi*> apis;
    for (int i = 0; i < instances; ++i) apis.push_back(&policy_->ApiFor(i));
    ASSIGN_OR_RETURN(catalog_,
                     policy::CatalogHandler::Create(context.config.catalog, context.state_dir, *policy_,
                                                    context.clock, context.metrics, *context.logger));
    service_ = std::make_unique<policy::PolicyGrpcService>(apis, context.clock);
    catalog_service_ = std::make_unique<policy::CatalogGrpcService>(*catalog_);
    host_.Add(*catalog_service_, policy::kCatalogServiceName);
    operators_ = MakeOperators(context, nullptr);
    return host_.Start(context.config.policy_server.listen, *context.security, *service_,
                       policy::kPolicyServiceName, [this] { service_->GoAway(); });
  }

  std::string grpc_address() const override { return host_.address(); }
  OperatorActions& operators() override { return *operators_; }
  absl::Status Apply(const LoadedConfig& config) override { return policy_->Reload(config.chain); }
  void Drain(std::chrono::milliseconds patience) override { host_.Drain(patience); }

 private:
  // The component has a thread that answers steps of the service: it ends before the service, and after the
  // server, which waits for such answers.
  std::unique_ptr<policy::PolicyGrpcService> service_;
  std::unique_ptr<policy::PolicyComponent> policy_;
  std::unique_ptr<policy::CatalogHandler> catalog_;
  std::unique_ptr<policy::CatalogGrpcService> catalog_service_;
  std::unique_ptr<OperatorActions> operators_;
  HostedService host_;
};

class RouterAssembly final : public Assembly {
 public:
  explicit RouterAssembly(Context& context)
      : context_(context),
        workers_(WorkerCount(context.config)),
        audit_(rpc::NewChannels(context.config.edge.peers.audit, context.security->Channel("audit")), {},
               context.clock) {}

  ~RouterAssembly() override {
    workers_.Stop();
    workers_.Join();
  }

  absl::Status Build() {
    ASSIGN_OR_RETURN(router_, router::RouterComponent::Create(
                                  RouterOptionsOf(context_), context_.clock, context_.metrics,
                                  *context_.logger, {}, context_.Tracing(telemetry::SpanKind::kServer)));
    std::vector<router::RouterWorker> router_workers;
    for (size_t i = 0; i < workers_.size(); ++i)
      router_workers.push_back({&workers_[i], &router_->ApiFor(workers_[i])});
    RETURN_IF_ERROR(MakeAdmin());
    service_ = std::make_unique<router::RouterGrpcService>(router_workers, *admin_, context_.clock);
    workers_.Start();
    return host_.Start(context_.config.router_server.listen, *context_.security, *service_,
                       router::kRouterServiceName, [this] { service_->GoAway(); });
  }

  std::string grpc_address() const override { return host_.address(); }

  http::Readiness Ready() override {
    http::Readiness readiness;
    const std::vector<router::TargetStatus> targets = router_->TargetsNow();
    const bool any = std::any_of(targets.begin(), targets.end(),
                                 [](const router::TargetStatus& target) { return target.available; });
    if (!any) readiness.reasons.push_back("no target has its key");
    readiness.targets = ReadyTargets(targets);
    return readiness;
  }

  router::RouterAdmin* router_admin() override { return admin_.get(); }
  OperatorActions& operators() override { return *operators_; }

  void Drain(std::chrono::milliseconds patience) override {
    host_.Drain(patience);
    router_->Drain();
    if (const absl::Status flushed = records_->Flush(kFlushTimeout); !flushed.ok()) {
      context_.logger->Warning("records of operators stay in the spool until the next start",
                               {{"reason", base::Message(flushed)}});
    }
  }

 private:
  // The router writes no records but those of its operators.
  absl::Status MakeAdmin() {
    audit::PipelineOptions options = RecordOptionsOf(context_);
    options.segment_bytes = kOperatorSegmentBytes;
    ASSIGN_OR_RETURN(records_, audit::RecordPipeline::Create(options, audit_, context_.clock,
                                                             context_.metrics, *context_.logger));
    ASSIGN_OR_RETURN(std::unique_ptr<audit::RecordSpool> spool, records_->NewSpool());
    operators_ = MakeOperators(context_, std::move(spool));
    admin_ = std::make_unique<AuditedAdmin>(*router_, *operators_);
    return absl::OkStatus();
  }

  Context& context_;
  runtime::WorkerPool workers_;
  audit::AuditGrpcClient audit_;
  std::unique_ptr<audit::RecordPipeline> records_;
  std::unique_ptr<router::RouterComponent> router_;
  std::unique_ptr<OperatorActions> operators_;
  std::unique_ptr<AuditedAdmin> admin_;
  std::unique_ptr<router::RouterGrpcService> service_;
  HostedService host_;
};

class AuditAssembly final : public Assembly {
 public:
  absl::Status Build(Context& context) {
    ASSIGN_OR_RETURN(audit_, audit::AuditComponent::Create(AuditOptionsOf(context), context.clock,
                                                           context.metrics, *context.logger));
    if (context.config.audit.log_all_access) {
      // The reads of this folder's files leave their records in spools.
      ASSIGN_OR_RETURN(records_,
                       audit::RecordPipeline::Create(RecordOptionsOf(context), audit_->api(), context.clock,
                                                     context.metrics, *context.logger));
    }
    service_ = std::make_unique<audit::AuditGrpcService>(audit_->api(), audit_->log(),
                                                         audit::AuditGrpcServiceOptions{}, context.clock);
    operators_ = MakeOperators(context, nullptr);
    host_.SetMaxConnectionAge(kAuditConnectionAge);
    return host_.Start(context.config.audit.listen, *context.security, *service_, kAuditServiceName, nullptr);
  }

  std::string grpc_address() const override { return host_.address(); }
  audit::AuditComponent* audit() override { return audit_.get(); }
  OperatorActions& operators() override { return *operators_; }
  void Drain(std::chrono::milliseconds patience) override { host_.Drain(patience); }

 private:
  std::unique_ptr<audit::AuditComponent> audit_;
  std::unique_ptr<audit::RecordPipeline> records_;  // with log_all_access
  std::unique_ptr<audit::AuditGrpcService> service_;
  std::unique_ptr<OperatorActions> operators_;
  HostedService host_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Assembly>> MakePolicy(Context& context) {
  auto assembly = std::make_unique<PolicyAssembly>();
  RETURN_IF_ERROR(assembly->Build(context));
  return assembly;
}

absl::StatusOr<std::unique_ptr<Assembly>> MakeRouter(Context& context) {
  auto assembly = std::make_unique<RouterAssembly>(context);
  RETURN_IF_ERROR(assembly->Build());
  return assembly;
}

absl::StatusOr<std::unique_ptr<Assembly>> MakeAudit(Context& context) {
  auto assembly = std::make_unique<AuditAssembly>();
  RETURN_IF_ERROR(assembly->Build(context));
  return assembly;
}

}  // namespace portcullis::app
