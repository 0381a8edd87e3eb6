// What a provider's API wants otherwise than OpenAI's: requests are adapted to it, answers back.
//
// OpenAI's chat completions are the gateway's own language. A dialect changes of a body only what its
// provider names otherwise or refuses; every other byte goes upstream as the client wrote it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/json/tape.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

enum class Dialect : uint8_t { kOpenAi, kMistral, kAzure, kAnthropic };

// What becomes of a field that the provider cannot honour.
enum class OnUnsupported : uint8_t {
  kRefuse,  // the request fails with 400 and the field's name, unless another target can take it
  kDrop,    // the field is left out, which a response header tells
  kPass,    // the field is sent, and the provider decides
};

struct DialectOptions {
  Dialect dialect = Dialect::kOpenAi;
  OnUnsupported on_unsupported = OnUnsupported::kRefuse;
  bool ask_usage = false;  // asks for the usage of streams, where that is by request (OpenAI, Azure)
  uint32_t default_max_tokens =
      4096;  // sent when the client says none and the provider demands it (Anthropic)
};

struct AdaptedRequest {
  bool changed = false;
  std::string body;                  // when changed
  std::vector<std::string> dropped;  // fields that were left out: "verbosity", "messages.name"
};

// What a provider cannot honour: the field, and what to do about it.
struct Refusal {
  std::string param;  // "messages[2].content"; "" = the request as a whole
  std::string message;
};

// Adapts `body`, a JSON object. `tape` is memory to be used again. False when refused.
bool AdaptRequest(const DialectOptions& options, Operation operation, bool stream, std::string_view body,
                  json::Tape* tape, AdaptedRequest* adapted, Refusal* refusal);

// An answer on its way back, as it comes and however it is split. For one answer.
class AnswerAdapter {
 public:
  virtual ~AnswerAdapter() = default;

  // Once, before the rest. An error when an answer of this type cannot be what was asked for.
  virtual absl::Status Begin(std::string_view content_type) = 0;

  // Appends what may be passed on to `out`: nothing before it is sure to be an answer. An error (what is
  // wrong, for people) when it is none.
  virtual absl::Status Feed(std::string_view bytes, std::string* out) = 0;

  // The provider's body is over.
  virtual absl::Status Finish(std::string* out) = 0;
};

// Null when answers pass as they are. `created` is for answers that are made anew: Unix seconds.
std::unique_ptr<AnswerAdapter> MakeAnswerAdapter(const DialectOptions& options, bool stream, int64_t created);

}  // namespace portcullis::router
