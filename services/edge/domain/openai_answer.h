// The facts of a provider's answer that the gateway acts on: usage and how it finished.
#pragma once

#include <cstdint>
#include <string>

#include "libs/json/tape.h"
#include "services/router/api/cost.h"

namespace portcullis::edge {

struct Usage {
  router::TokenUsage tokens;
  bool known = false;  // the provider said so
};

// True for an event of a stream that tells the usage and nothing else: no choices.
bool IsUsageOnly(const json::Tape& tape);

// Reads top-level `usage` of a whole answer or of a stream's chunk, if it is there.
void ReadUsage(const json::Tape& tape, Usage* usage);

// `finish_reason` of the first choice that has one, or "".
std::string ReadFinishReason(const json::Tape& tape);

// `model`: which one answered, by the provider's own word; "" when it does not say.
std::string ReadModel(const json::Tape& tape);

}  // namespace portcullis::edge
