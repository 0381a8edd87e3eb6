// `portcullis doctor`: would a process serve with this configuration, on this machine?
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "apps/config/load_config.h"
#include "apps/portcullis/doctor/finding.h"
#include "apps/portcullis/doctor/machine.h"
#include "apps/portcullis/doctor/provider_probe.h"
#include "apps/portcullis/doctor/store_checks.h"
#include "apps/process/process_kind.h"
#include "libs/base/clock.h"

namespace portcullis::doctor {

struct DoctorOptions {
  app::ProcessKind kind = app::ProcessKind::kGateway;  // whose configuration is looked at
  std::filesystem::path state_dir;
  bool offline = false;  // asks nobody: providers, peers, Redis, PostgreSQL
};

// What the doctor asks the world. Each may block.
struct DoctorParts {
  std::function<Machine()> machine;
  std::function<Folder(const std::filesystem::path&)> folder;
  std::function<ProviderAnswer(const router::TargetOptions&, const std::string& key)> provider;
  // Null: nobody can be asked, because of the certificate, of which CheckCertificate tells.
  std::function<absl::Status(const std::string& role, const std::string& address)> peer;
  std::function<absl::StatusOr<router::RedisFacts>(const router::SharedStateOptions&)> redis;
  std::function<absl::StatusOr<pg::DatabaseFacts>(const NamedDatabase&)> postgresql;
  const base::Clock& clock;
};

// With errors in the configuration, only that and the machine are looked at.
Findings Examine(const app::LoadedConfig& config, const DoctorOptions& options, const DoctorParts& parts);

// A line for each finding, its fix below it, and a line of totals; or one JSON object: {"healthy",
// "findings": [{"check", "subject", "level": "ok" | "warning" | "error", "message", "fix"}]}. True when no
// finding is an error.
bool WriteFindings(const Findings& findings, bool json, std::ostream& out);

}  // namespace portcullis::doctor
