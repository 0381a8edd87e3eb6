// The doctor's judgement: from what was read, measured or answered to findings. No I/O but the certificate
// files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "apps/config/load_config.h"
#include "apps/portcullis/doctor/finding.h"
#include "apps/portcullis/doctor/machine.h"
#include "apps/portcullis/doctor/provider_probe.h"
#include "apps/process/process_kind.h"
#include "libs/base/clock.h"

namespace portcullis::doctor {

// A certificate that ends within this time is a warning.
inline constexpr std::chrono::hours kCertificateWarning{14 * 24};
// Less free than this is an error; less than the spool may take besides, a warning.
inline constexpr uint64_t kMinFreeBytes = uint64_t{256} << 20;
// Two clocks further apart than this are told.
inline constexpr std::chrono::seconds kMaxClockOffset{30};
// Descriptors besides connections: files, lanes, upstream calls.
inline constexpr uint64_t kSpareFiles = 512;

Findings CheckConfig(const app::LoadedConfig& config);
Findings CheckKeys(const app::LoadedConfig& config);
Findings CheckCertificate(app::ProcessKind kind, const app::LoadedConfig& config, base::SystemTime now);
Findings CheckFolder(const Folder& folder, uint64_t spool_max_bytes);
Findings CheckClock(const Machine& machine);
Findings CheckLimits(const Machine& machine, uint64_t max_connections);

// `now` is when the answer came.
Findings JudgeProvider(const router::TargetOptions& target, const ProviderAnswer& answer,
                       base::SystemTime now);

// `role`: "policy"; `health` as rpc::AskHealth; `tls`: it was asked with a certificate.
Finding JudgePeer(const std::string& role, const std::string& address, const absl::Status& health, bool tls);

}  // namespace portcullis::doctor
