// One HTTP request, by libcurl.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace portcullis::audit {

// Sends the body as application/json with POST and waits for the answer; blocks, at most `timeout`. OK: 2xx.
// UNAVAILABLE names the host, never the path, which may hold a secret. No redirects are followed.
// Thread-safe.
absl::Status PostJson(const std::string& url, const std::string& body, base::Duration timeout);

}  // namespace portcullis::audit
