// The life of a process: flags, configuration, parts, admin port, signals, drain.
#pragma once

#include "apps/process/process_kind.h"

namespace portcullis::app {

// Runs until SIGINT or SIGTERM. argv[0] is the command's name. Returns the exit code: 0 after a drain, 1 when
// something cannot start, 2 for bad flags or a bad configuration.
int RunProcess(ProcessKind kind, int argc, char** argv);

}  // namespace portcullis::app
