// The command line of `portcullis migrate`.
#pragma once

namespace portcullis::app {

// 0, or 2 when it fails.
int RunMigrateCli(int argc, char** argv);

}  // namespace portcullis::app
