// Where a process keeps its spools and its database.
#pragma once

#include <filesystem>
#include <string>

#include "libs/config/environment.h"

namespace portcullis::app {

// `given`, or $XDG_STATE_HOME/portcullis, or ~/.local/state/portcullis, or for root /var/lib/portcullis.
std::filesystem::path ResolveStateDir(const std::string& given, const config::Environment& environment);

}  // namespace portcullis::app
