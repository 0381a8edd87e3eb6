// The command line of `portcullis doctor`.
#pragma once

namespace portcullis::app {

// 0 when nothing is wrong, 1 when something is, 2 for wrong usage.
int RunDoctorCli(int argc, char** argv);

}  // namespace portcullis::app
