// Which targets a request may go to, in which order, and why one is passed over.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/target_state.h"

namespace portcullis::router {

enum class SkipReason : uint8_t { kNone, kNoKey, kUnhealthy, kContextTooLong, kCircuitOpen };

using TargetOrder = absl::InlinedVector<uint32_t, 8>;  // indices in the TargetTable
using SkippedTargets = absl::InlinedVector<std::pair<uint32_t, SkipReason>, 4>;

// Why a call has no target at all.
struct NoTarget {
  Outcome outcome;
  std::string message;
};

class TargetSelector {
 public:
  // `targets` must outlive the selector.
  TargetSelector(Strategy strategy, const TargetTable& targets) : strategy_(strategy), targets_(targets) {}

  // The targets that the request allows, whatever their state:
  //   - the model names a target's id: that one alone;
  //   - it is the model of some targets: those first, the others after them;
  //   - else all, as listed.
  // With Strategy::kSingle only the first of these.
  TargetOrder Candidates(const CompletionRequest& request) const;

  // Everything but the circuit, which only admits who really goes.
  SkipReason Check(uint32_t target, const CompletionRequest& request) const;

  // For a request whose candidates were all skipped, or which had none.
  NoTarget Explain(const CompletionRequest& request, const SkippedTargets& skipped) const;

 private:
  std::string ContextMessage(const CompletionRequest& request, const SkippedTargets& skipped) const;

  const Strategy strategy_;
  const TargetTable& targets_;
};

}  // namespace portcullis::router
