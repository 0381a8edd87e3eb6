// `portcullis migrate`: another product's configuration as ours.
#pragma once

#include <iosfwd>
#include <string>

#include "libs/config/environment.h"

namespace portcullis::app {

struct MigrateOptions {
  std::string from;  // axonflow, keeptrusts, litellm
  std::string file;
  std::string output;  // "" = the standard output
};

// Writes the configuration to `out` or to the file, and what it could not carry over to `err`, a line each
// with its place. What it writes has no errors under `policy lint`. Returns 0, or 2 when the file cannot be
// understood or the output not be written; then nothing is written.
int RunMigrate(const MigrateOptions& options, const config::Environment& environment, std::ostream& out,
               std::ostream& err);

}  // namespace portcullis::app
