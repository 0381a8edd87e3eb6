// The request headers of the gateway's own that both front doors understand.
//
//   x-portcullis-user           the end user, when the body names none
//   x-portcullis-max-cost-usd   what the request may cost at most: 0.05
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

// Takes over what `name` (lower case) means; other headers mean nothing here. INVALID_ARGUMENT: `value` is
// none that the header can have; the message is for the client.
absl::Status ReadRequestHeader(std::string_view name, std::string_view value, Inbound* inbound);

inline constexpr std::string_view kUserHeader = "x-portcullis-user";
inline constexpr std::string_view kMaxCostHeader = "x-portcullis-max-cost-usd";

}  // namespace portcullis::edge
