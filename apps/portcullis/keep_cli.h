// The command lines of what the audit log keeps: `portcullis audit hold | holds | release | erase`.
#pragma once

namespace portcullis::app {

int RunAuditHoldCli(int argc, char** argv);
int RunAuditHoldsCli(int argc, char** argv);
int RunAuditReleaseCli(int argc, char** argv);
int RunAuditEraseCli(int argc, char** argv);

}  // namespace portcullis::app
