// Where the commands that read the audit log find it.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "apps/config/tls_settings.h"
#include "services/audit/app/content_settings.h"
#include "services/audit/app/read_marker.h"
#include "services/audit/app/store_place.h"

namespace portcullis::app {

struct LogPlace {
  std::filesystem::path state_dir;
  audit::StorePlace store;
  std::filesystem::path signing_key;
  audit::LocalReader reader;
  audit::ContentSettings content;
  TlsSettings tls;  // to ask an audit service
};

struct LogPlaceFlags {
  std::string policy_config;
  std::string state_dir;
  std::string log;
};

void AddLogPlaceFlags(CLI::App& app, LogPlaceFlags* flags);

// Parses the command line, finds the log (what the configuration says, else where the gateway would put it)
// and runs. The exit code: 0, 2 for bad flags, configuration or evidence, else 1.
int RunOnLog(CLI::App& app, int argc, char** argv, const LogPlaceFlags& flags,
             const std::function<absl::Status(const LogPlace&)>& run);

}  // namespace portcullis::app
