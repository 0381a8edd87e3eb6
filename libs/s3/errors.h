// What a store says when it refuses, as an error that tells what to do.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/curl/http_exchange.h"

namespace portcullis::s3 {

// The text of the first element of this name, at any depth, with its entities resolved; "" if there is none.
std::string ElementText(std::string_view xml, std::string_view name);

// The error that a store answered with at `now`, with the code and message of its body and how to fix what
// can be fixed. `what` names the object and the store. NOT_FOUND, UNAUTHENTICATED, PERMISSION_DENIED;
// UNAVAILABLE: try again; else FAILED_PRECONDITION.
absl::Status ErrorOf(const curl::HttpAnswer& answer, std::string_view what, base::SystemTime now);

}  // namespace portcullis::s3
