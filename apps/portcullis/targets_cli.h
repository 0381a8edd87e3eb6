// The command line of `portcullis targets`.
#pragma once

namespace portcullis::app {

// 0, 1 when it fails, 2 for wrong usage.
int RunTargetsCli(int argc, char** argv);

}  // namespace portcullis::app
