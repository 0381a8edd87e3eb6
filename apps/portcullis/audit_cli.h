// The command lines of `portcullis audit`.
#pragma once

namespace portcullis::app {

int RunAuditExportCli(int argc, char** argv);
int RunAuditVerifyCli(int argc, char** argv);
int RunAuditProveCli(int argc, char** argv);
int RunAuditConsistencyCli(int argc, char** argv);
int RunAuditHeadCli(int argc, char** argv);
int RunAuditRotateKeyCli(int argc, char** argv);

}  // namespace portcullis::app
