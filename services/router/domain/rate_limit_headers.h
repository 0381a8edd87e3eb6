// How long a provider wants to be left alone, from the headers of its answer.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace portcullis::router {

// The value of a response header by its name in lower case; "" = absent.
using HeaderLookup = std::function<std::string_view(const char* name)>;

// In this order: `retry-after-ms` (OpenAI, Azure); `retry_after`, which is what Retry-After said (0 = it was
// absent); the `x-ratelimit-reset-requests` or `-tokens` (OpenAI: "1s", "6m0s", "120ms") whose `remaining` is
// 0; `ratelimitbysize-reset` (Mistral: seconds). 0 = nothing is said. At most a day.
//
// Names and forms: the rate limit pages of the providers' API references.
std::chrono::milliseconds WaitAskedFor(std::chrono::seconds retry_after, const HeaderLookup& header);

// "6m0s", "1.5s", "120ms", "1h2m", "7" (seconds); nullopt = it is none.
std::optional<std::chrono::milliseconds> ParseWait(std::string_view text);

}  // namespace portcullis::router
