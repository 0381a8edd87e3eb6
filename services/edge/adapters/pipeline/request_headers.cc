#include "services/edge/adapters/pipeline/request_headers.h"

#include "libs/base/strings.h"
#include "services/router/api/cost.h"

namespace portcullis::edge {
namespace {

constexpr size_t kMaxUserBytes = 256;

}  // namespace

absl::Status ReadRequestHeader(std::string_view name, std::string_view value, Inbound* inbound) {
  if (name == kUserHeader) inbound->user = value.substr(0, kMaxUserBytes);
  if (name != kMaxCostHeader) return absl::OkStatus();
  inbound->max_cost_nano_usd = router::ParseUsd(value);
  if (inbound->max_cost_nano_usd) return absl::OkStatus();
  return absl::InvalidArgumentError(
      base::StrCat("`", kMaxCostHeader, "` must be an amount in USD like 0.05, at most 1000000000"));
}

}  // namespace portcullis::edge
