// Reads the command lines of `policy test`, `policy explain` and `init`.
#pragma once

namespace portcullis::app {

int RunPolicyTestCli(int argc, char** argv);
int RunPolicyExplainCli(int argc, char** argv);
int RunInitCli(int argc, char** argv);

}  // namespace portcullis::app
