// The flags of the processes. Each overrides a key of the configuration: docs/config.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/config/flag_overrides.h"
#include "apps/process/run_process.h"

namespace portcullis::app {

struct ProcessFlags {
  std::vector<std::string> policy_config;  // none = the built-in configuration
  bool simulator = false;                  // the built-in configuration may use the provider simulator
  FlagOverrides overrides;
};

// Parses the command line. Returns the exit code when the process must end here (help, or bad flags).
std::optional<int> ParseProcessFlags(ProcessKind kind, int argc, char** argv, ProcessFlags* flags);

}  // namespace portcullis::app
