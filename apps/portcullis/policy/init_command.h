// `portcullis init`: a configuration and its tests to begin with.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace portcullis::app {

struct InitOptions {
  std::string name = "default";  // of a template
  std::filesystem::path dir = ".";
  bool list = false;
};

// Writes policy-config.yaml and tests/<name>.json, never over a file that is there. Returns 0, or 2 when
// nothing was written.
int RunInit(const InitOptions& options, std::ostream& out, std::ostream& err);

}  // namespace portcullis::app
