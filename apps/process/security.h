// How this process protects its gRPC: `services.tls` made into credentials.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/config/load_config.h"
#include "apps/process/context.h"
#include "apps/process/process_kind.h"
#include "libs/rpc/security.h"

namespace portcullis::app {

// Mutual TLS when the configuration has certificates, else plaintext; the log tells which. Errors: those of
// tls::LoadIdentity; FAILED_PRECONDITION when plaintext would leave the machine and the configuration does
// not say that it may. `context` outlives what this returns.
absl::StatusOr<std::unique_ptr<rpc::Security>> MakeSecurity(ProcessKind kind, Context& context);

// The same for a command that calls the suite; `settings` as given, without a look at addresses. The others
// outlive what this returns.
absl::StatusOr<std::unique_ptr<rpc::Security>> SecurityOf(const TlsSettings& settings,
                                                          const base::Clock& clock,
                                                          telemetry::Metrics& metrics,
                                                          telemetry::Logger& logger);

// Who may call what.
rpc::PeerGraph PeerGraphOf(const TlsIdentities& identities);

// FAILED_PRECONDITION names the first address that leads off this machine.
absl::Status CheckPlaintext(ProcessKind kind, const LoadedConfig& config);

// Whether "HOST:PORT" or "unix:PATH" stays on this machine.
bool IsLoopback(std::string_view address);

}  // namespace portcullis::app
