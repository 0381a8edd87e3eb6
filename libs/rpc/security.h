// How the gRPC of a process is protected: mutual TLS with a graph of who may call what, or not at all.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/rpc/tls_identity.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"

namespace portcullis::rpc {

// Calls whose path begins with `prefix` are open to `roles`; kAnyone = to every certificate of the CA.
inline constexpr std::string_view kAnyone = "*";
struct CallRule {
  std::string prefix;  // "/portcullis.audit.v1.AuditService/Append"
  std::vector<std::string> roles;
};

struct PeerGraph {
  std::map<std::string, std::vector<std::string>, std::less<>> identities;  // names in certificates, by role
  std::vector<CallRule> rules;                                              // the first that fits counts

  // `names`: of the caller's certificate. PERMISSION_DENIED says who asked for what. No rule: nobody may.
  absl::Status MayCall(const std::vector<std::string>& names, std::string_view path) const;

  // Whether a certificate with one of `names` may stand for the role.
  bool Is(const std::vector<std::string>& names, std::string_view role) const;
};

// Thread-safe. Outlives every channel and server that uses its credentials.
class Security {
 public:
  virtual ~Security() = default;

  virtual std::shared_ptr<grpc::ServerCredentials> Server() const = 0;

  // To call the service of this role ("policy"), and nobody else.
  virtual std::shared_ptr<grpc::ChannelCredentials> Channel(std::string_view role) const = 0;

  // Why connections fail from now on; OK = they need not.
  virtual absl::Status Check() const { return absl::OkStatus(); }
};

class Plaintext final : public Security {
 public:
  std::shared_ptr<grpc::ServerCredentials> Server() const override;
  std::shared_ptr<grpc::ChannelCredentials> Channel(std::string_view role) const override;
};

// Callers are checked call by call (a lane is one call), callees connection by connection.
class MutualTls final : public Security {
 public:
  MutualTls(std::unique_ptr<TlsIdentity> identity, PeerGraph graph, const base::Clock& clock,
            telemetry::Metrics& metrics, telemetry::Logger& logger);

  std::shared_ptr<grpc::ServerCredentials> Server() const override;
  std::shared_ptr<grpc::ChannelCredentials> Channel(std::string_view role) const override;
  absl::Status Check() const override { return identity_->Check(); }

 private:
  const std::unique_ptr<TlsIdentity> identity_;
  const std::shared_ptr<const PeerGraph> graph_;
  const base::Clock& clock_;
  telemetry::Counter& refused_;
  telemetry::Logger& logger_;
};

}  // namespace portcullis::rpc
