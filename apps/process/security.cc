#include "apps/process/security.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/rpc/resolver.h"

namespace portcullis::app {
namespace {

// The gRPC addresses of a process, with the keys that they come from.
struct Place {
  std::string key;
  std::string address;
};

void AddPeers(const char* service, const std::vector<std::string>& peers, std::vector<Place>* places) {
  for (const std::string& peer : peers) places->push_back({base::StrCat("gateway.peers.", service), peer});
}

std::vector<Place> PlacesOf(ProcessKind kind, const LoadedConfig& config) {
  std::vector<Place> places;
  switch (kind) {
    case ProcessKind::kGateway:
      places.push_back({"gateway.grpc_listen", config.edge.grpc_listen});
      break;
    case ProcessKind::kEdge:
      places.push_back({"gateway.grpc_listen", config.edge.grpc_listen});
      AddPeers("policy", config.edge.peers.policy, &places);
      AddPeers("router", config.edge.peers.router, &places);
      AddPeers("audit", config.edge.peers.audit, &places);
      break;
    case ProcessKind::kPolicy:
      places.push_back({"services.policy.listen", config.policy_server.listen});
      break;
    case ProcessKind::kRouter:
      places.push_back({"services.router.listen", config.router_server.listen});
      AddPeers("audit", config.edge.peers.audit, &places);
      break;
    case ProcessKind::kAudit:
      places.push_back({"services.audit.listen", config.audit.listen});
      break;
  }
  return places;
}

}  // namespace

bool IsLoopback(std::string_view address) {
  if (address.starts_with("unix:")) return true;
  const auto parts = rpc::SplitHostPort(std::string(address));
  if (!parts.ok()) return false;
  return parts->first == "localhost" || parts->first == "::1" || parts->first.starts_with("127.");
}

absl::Status CheckPlaintext(ProcessKind kind, const LoadedConfig& config) {
  for (const Place& place : PlacesOf(kind, config)) {
    if (IsLoopback(place.address)) continue;
    return absl::FailedPreconditionError(
        base::StrCat("gRPC would leave this machine without encryption: ", place.key, " is ", place.address,
                     ". Give services.tls.certificate_file, key_file and ca_file, or, if the network "
                     "encrypts by itself, set "
                     "services.tls.allow_plaintext: true (docs/tls.md)"));
  }
  return absl::OkStatus();
}

rpc::PeerGraph PeerGraphOf(const TlsIdentities& identities) {
  rpc::PeerGraph graph;
  graph.identities = {{"edge", identities.edge},     {"policy", identities.policy},
                      {"router", identities.router}, {"audit", identities.audit},
                      {"client", identities.client}, {"operator", identities.op}};
  const std::string anyone(rpc::kAnyone);
  graph.rules = {{"/portcullis.policy.v1.PolicyService/", {"edge"}},
                 {"/portcullis.policy.v1.PolicyCatalogService/", {"edge"}},
                 {"/portcullis.router.v1.RouterService/", {"edge"}},
                 {"/portcullis.audit.v1.AuditService/Append", {"edge", "router"}},
                 {"/portcullis.audit.v1.AuditService/ReadContent", {"operator"}},
                 {"/portcullis.audit.v1.AuditService/", {"edge", "operator"}},
                 {"/portcullis.edge.v1.EdgeService/", {"client", "operator"}},
                 {"/grpc.health.v1.Health/", {anyone}},
                 {"/grpc.reflection.", {anyone}}};
  return graph;
}

absl::StatusOr<std::unique_ptr<rpc::Security>> SecurityOf(const TlsSettings& settings,
                                                          const base::Clock& clock,
                                                          telemetry::Metrics& metrics,
                                                          telemetry::Logger& logger) {
  const tls::IdentityFiles files = {settings.certificate_file, settings.key_file, settings.ca_file};
  if (!files.any()) return std::make_unique<rpc::Plaintext>();
  ASSIGN_OR_RETURN(std::unique_ptr<rpc::TlsIdentity> identity,
                   rpc::TlsIdentity::Create(files, clock, metrics, logger));
  return std::make_unique<rpc::MutualTls>(std::move(identity), PeerGraphOf(settings.identities), clock,
                                          metrics, logger);
}

absl::StatusOr<std::unique_ptr<rpc::Security>> MakeSecurity(ProcessKind kind, Context& context) {
  const TlsSettings& settings = context.config.tls;
  if (settings.certificate_file.empty()) {
    const absl::Status local = CheckPlaintext(kind, context.config);
    if (!local.ok() && !settings.allow_plaintext) return local;
    context.logger->Info("tls", {{"mode", "plaintext"}, {"leaves_machine", !local.ok()}});
  }
  return SecurityOf(settings, context.clock, context.metrics, *context.logger);
}

}  // namespace portcullis::app
