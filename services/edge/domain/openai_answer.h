// The facts of a provider's answer that the gateway acts on: usage and how it finished.
#pragma once

#include <cstdint>
#include <string>

#include "libs/json/tape.h"

namespace portcullis::edge {

struct Usage {
  uint64_t prompt_tokens = 0;
  uint64_t completion_tokens = 0;
  bool known = false;  // the provider said so
};

// Reads top-level `usage` of a whole answer or of a stream's chunk, if it is there.
void ReadUsage(const json::Tape& tape, Usage* usage);

// `finish_reason` of the first choice that has one, or "".
std::string ReadFinishReason(const json::Tape& tape);

}  // namespace portcullis::edge
