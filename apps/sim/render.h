// The JSON and the server-sent events of an answer, in either dialect.
//
// Mistral: usage in the last chunk; a tool call whole in one delta (in pieces when a chunk size is set, the
// later ones with an empty name). OpenAI: usage in a chunk of its own, with no choices, and only on request;
// the arguments of a tool call in pieces. The events of several choices are interleaved. Pure and
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/sim/answer.h"
#include "apps/sim/api_error.h"

namespace portcullis::sim {

struct RenderOptions {
  Provider provider = Provider::kMistral;
  std::string_view id;
  std::string_view model;
  int64_t created = 0;  // Unix seconds
  Usage usage;
  bool with_usage = true;      // false: no usage anywhere
  bool include_usage = false;  // OpenAI's stream_options.include_usage
  bool done = true;            // "data: [DONE]" at the end
  size_t chunk = 0;            // bytes of a delta, at least one code point; 0 = a word
};

// Where an event ends in the stream's bytes, and how many tokens it carries (for pacing).
struct EventEnd {
  size_t offset = 0;
  int tokens = 0;
};

struct EventStream {
  std::string bytes;
  std::vector<EventEnd> ends;
};

std::string RenderCompletion(const RenderOptions& options, const std::vector<Answer>& answers);

EventStream RenderStream(const RenderOptions& options, const std::vector<Answer>& answers);

}  // namespace portcullis::sim
