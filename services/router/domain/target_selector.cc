#include "services/router/domain/target_selector.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

bool IsAllowed(const CompletionRequest& request, const std::string& id) {
  const auto& allowed = request.allowed_targets;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), id) != allowed.end();
}

uint64_t TokensNeeded(const CompletionRequest& request) {
  return uint64_t{request.estimated_prompt_tokens} + request.max_output_tokens;
}

std::string_view Describe(SkipReason reason) {
  switch (reason) {
    case SkipReason::kNone:
      return "usable";
    case SkipReason::kNoKey:
      return "no API key";
    case SkipReason::kUnhealthy:
      return "unhealthy";
    case SkipReason::kContextTooLong:
      return "context too small";
    case SkipReason::kCircuitOpen:
      return "circuit open";
  }
  return "unknown";
}

}  // namespace

TargetOrder TargetSelector::Candidates(const CompletionRequest& request) const {
  TargetOrder order;
  for (uint32_t i = 0; i < targets_.size() && !request.model.empty(); ++i) {
    if (targets_[i]->options().id != request.model) continue;
    if (IsAllowed(request, request.model)) order.push_back(i);
    return order;
  }
  for (const bool match : {true, false}) {
    for (uint32_t i = 0; i < targets_.size(); ++i) {
      const TargetOptions& options = targets_[i]->options();
      const bool named = !request.model.empty() && options.model == request.model;
      if (named == match && IsAllowed(request, options.id)) order.push_back(i);
    }
  }
  if (strategy_ == Strategy::kSingle && order.size() > 1) order.resize(1);
  return order;
}

SkipReason TargetSelector::Check(uint32_t target, const CompletionRequest& request) const {
  const TargetState& state = *targets_[target];
  if (!state.available()) return SkipReason::kNoKey;
  if (!state.health().healthy()) return SkipReason::kUnhealthy;
  const auto& limit = state.options().max_context_tokens;
  if (limit && TokensNeeded(request) > *limit) return SkipReason::kContextTooLong;
  return SkipReason::kNone;
}

NoTarget TargetSelector::Explain(const CompletionRequest& request, const SkippedTargets& skipped) const {
  if (targets_.empty()) return {Outcome::kNoTarget, "no target is configured"};
  if (skipped.empty()) return {Outcome::kNoTarget, "no configured target is allowed for this request"};
  const bool all_too_small = std::all_of(skipped.begin(), skipped.end(), [](const auto& skip) {
    return skip.second == SkipReason::kContextTooLong;
  });
  if (all_too_small) return {Outcome::kContextTooLong, ContextMessage(request, skipped)};
  std::string list;
  for (const auto& [index, reason] : skipped) {
    list +=
        base::StrCat(list.empty() ? "" : ", ", targets_[index]->options().id, " (", Describe(reason), ")");
  }
  return {Outcome::kUnavailable, base::StrCat("no target is available: ", list)};
}

std::string TargetSelector::ContextMessage(const CompletionRequest& request,
                                           const SkippedTargets& skipped) const {
  uint32_t largest = 0;
  for (const auto& skip : skipped) {
    largest = std::max(largest, targets_[skip.first]->options().max_context_tokens.value_or(0));
  }
  return base::StrCat("the request needs about ", TokensNeeded(request), " tokens (",
                      request.estimated_prompt_tokens, " of prompt, ", request.max_output_tokens,
                      " of answer); the largest context of its targets is ", largest);
}

}  // namespace portcullis::router
