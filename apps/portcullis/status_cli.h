// The command line of `portcullis status`.
#pragma once

namespace portcullis::app {

// 0 when all is ready, 1 when something is not, 2 for wrong usage.
int RunStatusCli(int argc, char** argv);

}  // namespace portcullis::app
