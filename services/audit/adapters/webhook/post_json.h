// One HTTP request, by libcurl.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace portcullis::audit {

// Sends the body as application/json with POST and waits for the answer; blocks, at most `timeout`. OK: 2xx.
// Errors: as curl::Perform; UNAVAILABLE for any other status. Their texts never name the path, which may hold
// a secret. No redirects are followed.
// Thread-safe.
absl::Status PostJson(const std::string& url, const std::string& body, base::Duration timeout);

}  // namespace portcullis::audit
