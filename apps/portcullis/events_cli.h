// The flags of `portcullis events ...`.
#pragma once

namespace portcullis::app {

// argv[0] is the command's name. Exit codes: 0, 1 when the log cannot be read, 2 for bad flags.
int RunEventsShowCli(int argc, char** argv);
int RunEventsTailCli(int argc, char** argv);
int RunEventsExportCli(int argc, char** argv);
int RunEventsStatsCli(int argc, char** argv);

}  // namespace portcullis::app
