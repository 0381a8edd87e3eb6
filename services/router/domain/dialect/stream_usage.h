// Asking a provider of OpenAI's dialect to tell the usage of a stream, which it does on request only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/json/tape.h"

namespace portcullis::router {

// The body with `stream_options.include_usage: true`, or nothing when it has that already or is not on `tape`
// as an object.
std::optional<std::string> AskForUsage(std::string_view body, const json::Tape& tape);

}  // namespace portcullis::router
