#include "apps/process/state_dir.h"

#include <unistd.h>

namespace portcullis::app {

std::filesystem::path ResolveStateDir(const std::string& given, const config::Environment& environment) {
  if (!given.empty()) return given;
  if (const auto state = environment.Get("XDG_STATE_HOME"); state && !state->empty()) {
    return std::filesystem::path(*state) / "portcullis";
  }
  const auto home = environment.Get("HOME");
  if (home && !home->empty() && geteuid() != 0) return std::filesystem::path(*home) / ".local/state/portcullis";
  return "/var/lib/portcullis";
}

}  // namespace portcullis::app
