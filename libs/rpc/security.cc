#include "libs/rpc/security.h"

#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "libs/base/strings.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/peer.h"
#include "libs/rpc/rpc_metrics.h"
#include "libs/rpc/server_host.h"
#include "libs/rpc/status_map.h"

namespace portcullis::rpc {
namespace {

using grpc::experimental::TlsCustomVerificationCheckRequest;

constexpr base::Duration kLogInterval = std::chrono::seconds(1);

std::string Quoted(const std::vector<std::string>& names) {
  if (names.empty()) return "no DNS name or URI";
  std::string text;
  for (const std::string& name : names) text += base::StrCat(text.empty() ? "\"" : ", \"", name, "\"");
  return text;
}

// Lets a call through or ends it, before its handler hears of it.
class CallCheck final : public grpc::AuthMetadataProcessor {
 public:
  CallCheck(std::shared_ptr<const PeerGraph> graph, const base::Clock& clock, telemetry::Counter& refused,
            telemetry::Logger& logger)
      : graph_(std::move(graph)), clock_(clock), refused_(refused), logger_(logger) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* peer, OutputMetadata*,
                       OutputMetadata*) override {
    const auto path = metadata.find(":path");
    const absl::Status allowed =
        graph_->MayCall(NamesOfPeer(*peer), path == metadata.end()
                                                ? std::string_view()
                                                : std::string_view(path->second.data(), path->second.size()));
    if (!allowed.ok()) Tell(allowed);
    return ToGrpc(allowed);
  }

 private:
  void Tell(const absl::Status& status) {
    refused_.Add();
    const int64_t now = clock_.Monotonic().time_since_epoch().count();
    int64_t next = next_log_.load(std::memory_order_relaxed);
    if (now < next || !next_log_.compare_exchange_strong(next, now + kLogInterval.count())) return;
    logger_.Warning("refused a call", {{"reason", base::Message(status)}});
  }

  const std::shared_ptr<const PeerGraph> graph_;
  const base::Clock& clock_;
  telemetry::Counter& refused_;
  telemetry::Logger& logger_;
  std::atomic<int64_t> next_log_{INT64_MIN};  // nanoseconds of the monotonic clock
};

// Whether the server that answered is one of the service that was meant. The chain is checked already.
class ServerCheck final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  ServerCheck(std::shared_ptr<const PeerGraph> graph, std::string role)
      : graph_(std::move(graph)), role_(std::move(role)) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    std::vector<std::string> names;
    for (const grpc::string_ref& name : request->dns_names()) names.emplace_back(name.data(), name.size());
    for (const grpc::string_ref& name : request->uri_names()) names.emplace_back(name.data(), name.size());
    if (graph_->Is(names, role_)) {
      *status = grpc::Status::OK;
    } else {
      *status = {grpc::StatusCode::UNAUTHENTICATED,
                 base::StrCat("the server's certificate says ", Quoted(names), ", which is not the ", role_,
                              " service (services.tls.identities.", role_, ")")};
    }
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<const PeerGraph> graph_;
  const std::string role_;
};

}  // namespace

bool PeerGraph::Is(const std::vector<std::string>& names, std::string_view role) const {
  const auto allowed = identities.find(role);
  if (allowed == identities.end()) return false;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(allowed->second.begin(), allowed->second.end(), name) != allowed->second.end();
  });
}

absl::Status PeerGraph::MayCall(const std::vector<std::string>& names, std::string_view path) const {
  const auto rule =
      std::find_if(rules.begin(), rules.end(), [&](const CallRule& r) { return path.starts_with(r.prefix); });
  if (rule != rules.end()) {
    for (const std::string& role : rule->roles) {
      if (role == kAnyone || Is(names, role)) return absl::OkStatus();
    }
  }
  return absl::PermissionDeniedError(
      base::StrCat("a certificate that says ", Quoted(names), " may not call ", path));
}

std::shared_ptr<grpc::ServerCredentials> Plaintext::Server() const { return PlaintextServerCredentials(); }

std::shared_ptr<grpc::ChannelCredentials> Plaintext::Channel(std::string_view) const {
  return PlaintextChannelCredentials();
}

MutualTls::MutualTls(std::unique_ptr<TlsIdentity> identity, PeerGraph graph, const base::Clock& clock,
                     telemetry::Metrics& metrics, telemetry::Logger& logger)
    : identity_(std::move(identity)),
      graph_(std::make_shared<const PeerGraph>(std::move(graph))),
      clock_(clock),
      refused_(metrics.AddCounter(kTlsRefusedCalls)),
      logger_(logger) {}

std::shared_ptr<grpc::ServerCredentials> MutualTls::Server() const {
  grpc::experimental::TlsServerCredentialsOptions options(identity_->provider());
  options.watch_identity_key_cert_pairs();
  options.watch_root_certs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::experimental::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::make_shared<CallCheck>(graph_, clock_, refused_, logger_));
  return credentials;
}

std::shared_ptr<grpc::ChannelCredentials> MutualTls::Channel(std::string_view role) const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(identity_->provider());
  options.watch_identity_key_cert_pairs();
  options.watch_root_certs();
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<ServerCheck>(graph_, std::string(role)));
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace portcullis::rpc
