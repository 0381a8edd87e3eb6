// What every HTTP transfer of the suite has in common.
#pragma once

#include <curl/curl.h>

#include <chrono>

namespace portcullis::curl {

// Sets on a new handle: no proxy from the environment, HTTP and HTTPS alone, TCP_NODELAY, no redirects, and
// whether certificates are checked.
void SetCommonOptions(CURL* easy, std::chrono::milliseconds connect_timeout, bool verify_tls);

}  // namespace portcullis::curl
