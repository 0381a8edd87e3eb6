// `portcullis sim`: the provider simulator as a command.
//
//   --listen HOST:PORT       default 127.0.0.1:41090; port 0 takes a free one
//   --provider mistral|openai  of the paths under /v1; default mistral
//   --key KEY                accepted key, may be repeated; none: any key
//   --latency-ms MS          before the headers of each answer
//   --tokens-per-second N    pace; 0 (default): none
//   --threads N              default 1
//   --script FILE            faults for the first calls, JSON (fault.h)
// Prints "simulator listening on http://HOST:PORT/v1" when ready; ends at SIGINT or SIGTERM.
#pragma once

namespace portcullis::sim {

// argv[0] is the command's name. Returns the process's exit code: 0, or 2 for bad arguments, 1 when it cannot
// start.
int RunSimCommand(int argc, char** argv);

}  // namespace portcullis::sim
