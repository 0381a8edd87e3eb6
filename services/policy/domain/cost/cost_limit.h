// The policy cost-limit: what a request may cost at most, by its circumstances. It examines no text; the
// router keeps the limit, as only it knows the prices.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/control/gate.h"

namespace portcullis::policy {

// Immutable, shared by all threads.
class CostLimitPolicy {
 public:
  // INVALID_ARGUMENT: no limit is given, or a condition is wrong.
  static absl::StatusOr<std::unique_ptr<const CostLimitPolicy>> Create(const CostLimitOptions& options);

  // Billionths of a US dollar; nullopt = no limit.
  std::optional<uint64_t> LimitFor(const Circumstances& now) const;

 private:
  std::vector<std::pair<std::unique_ptr<const Gate>, uint64_t>> rows_;  // the first that fits holds
  std::optional<uint64_t> otherwise_;
};

}  // namespace portcullis::policy
