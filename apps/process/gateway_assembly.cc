// All in one process: the edge calls the handlers of the other services directly.
#include "apps/process/address.h"
#include "apps/process/assemblies.h"
#include "apps/process/audit_options.h"
#include "apps/process/audited_admin.h"
#include "apps/process/edge_front.h"
#include "apps/process/router_options.h"
#include "apps/process/worker_count.h"
#include "libs/base/status_macros.h"
#include "services/audit/app/audit_component.h"
#include "services/policy/app/catalog_handler.h"
#include "services/policy/app/policy_component.h"
#include "services/router/app/router_component.h"

namespace portcullis::app {
namespace {

class GatewayAssembly final : public Assembly {
 public:
  explicit GatewayAssembly(Context& context) : context_(context), workers_(WorkerCount(context.config)) {}

  ~GatewayAssembly() override {
    workers_.Stop();
    workers_.Join();
  }

  absl::Status Build() {
    ASSIGN_OR_RETURN(audit_, audit::AuditComponent::Create(AuditOptionsOf(context_), context_.clock,
                                                           context_.metrics, *context_.logger));
    ASSIGN_OR_RETURN(policy_, policy::PolicyComponent::Create(
                                  context_.config.chain, static_cast<int>(workers_.size()), context_.clock,
                                  context_.metrics, *context_.logger, &workers_,
                                  context_.Tracing(telemetry::SpanKind::kInternal)));
    ASSIGN_OR_RETURN(catalog_,
                     policy::CatalogHandler::Create(context_.config.catalog, context_.state_dir, *policy_,
                                                    context_.clock, context_.metrics, *context_.logger));
    ASSIGN_OR_RETURN(router_, router::RouterComponent::Create(
                                  RouterOptionsOf(context_), context_.clock, context_.metrics,
                                  *context_.logger, {}, context_.Tracing(telemetry::SpanKind::kInternal)));
    ASSIGN_OR_RETURN(
        front_,
        EdgeFront::Create(
            context_, workers_,
            {audit_->api(), *catalog_,
             [this](const router::TargetWeights& weights, const router::OperatorCall& by) {
               return admin_->SetWeights(weights, by);
             },
             [this](runtime::Worker& worker) -> policy::PolicyApi& {
               return policy_->ApiFor(worker.index());
             },
             [this](runtime::Worker& worker) -> router::RouterApi& { return router_->ApiFor(worker); }}));
    ASSIGN_OR_RETURN(std::unique_ptr<audit::RecordSpool> spool, front_->NewSpool());
    operators_ = MakeOperators(context_, std::move(spool));
    admin_ = std::make_unique<AuditedAdmin>(*router_, *operators_);
    workers_.Start();
    return front_->StartGrpc();
  }

  std::string http_address() const override { return FormatAddress(front_->addresses()[0]); }
  std::string grpc_address() const override { return front_->grpc_address(); }

  http::Readiness Ready() override { return front_->Ready(); }

  router::RouterAdmin* router_admin() override { return admin_.get(); }
  OperatorActions& operators() override { return *operators_; }
  audit::AuditComponent* audit() override { return audit_.get(); }

  absl::Status Apply(const LoadedConfig& config) override {
    RETURN_IF_ERROR(policy_->Reload(config.chain));
    front_->SetLive(config);
    return absl::OkStatus();
  }

  void Drain(std::chrono::milliseconds patience) override {
    front_->Drain(patience);
    router_->Drain();
  }

 private:
  Context& context_;
  // Destroyed last, but joined first: see the destructor.
  runtime::WorkerPool workers_;
  std::unique_ptr<audit::AuditComponent> audit_;
  std::unique_ptr<policy::PolicyComponent> policy_;
  std::unique_ptr<policy::CatalogHandler> catalog_;
  std::unique_ptr<router::RouterComponent> router_;
  std::unique_ptr<EdgeFront> front_;
  std::unique_ptr<OperatorActions> operators_;
  std::unique_ptr<AuditedAdmin> admin_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Assembly>> MakeGateway(Context& context) {
  auto assembly = std::make_unique<GatewayAssembly>(context);
  RETURN_IF_ERROR(assembly->Build());
  return assembly;
}

}  // namespace portcullis::app
