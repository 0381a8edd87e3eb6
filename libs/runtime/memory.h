// Memory of the process as a whole.
#pragma once

namespace portcullis::runtime {

// The heap of our programs is jemalloc, except under sanitizers, which bring their own; its settings are in
// memory.cc. `bench/` has the measurement: docs/adr/0008-jemalloc.md.

// Gives back what only the start needed: free heap, and the read-only pages of the program and its libraries
// (code and constants, clean copies of their files). Pages that are used again come back from the page cache
// with a minor fault each. Takes about a millisecond; meant to be called once, when everything runs.
//
// Thread-safe. Changes nothing that a program can see but its resident size.
void ReleaseStartMemory();

}  // namespace portcullis::runtime
