// "HOST:PORT" texts and addresses.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/http/server.h"

namespace portcullis::app {

// "127.0.0.1:41002", "[::1]:0", "localhost:80". INVALID_ARGUMENT says what is wrong.
absl::StatusOr<http::ListenAddress> ParseAddress(std::string_view text);

std::string FormatAddress(const http::ListenAddress& address);

}  // namespace portcullis::app
