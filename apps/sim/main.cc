#include "apps/sim/sim_command.h"

int main(int argc, char** argv) { return portcullis::sim::RunSimCommand(argc, argv); }
