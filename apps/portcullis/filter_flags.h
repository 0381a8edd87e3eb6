// The flags that say which records of the audit log.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/portcullis/events/events_command.h"

namespace portcullis::app {

void AddFilterFlags(CLI::App& app, events::Filter* filter);

}  // namespace portcullis::app
