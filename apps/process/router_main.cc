#include "apps/process/run_process.h"

int main(int argc, char** argv) { return portcullis::app::RunProcess(portcullis::app::ProcessKind::kRouter, argc, argv); }
