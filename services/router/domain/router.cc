#include "services/router/domain/router.h"

#include <utility>
#include <vector>

#include "libs/base/strings.h"

namespace portcullis::router {

Router::Router(const RouterOptions& options, const TargetTable& targets, UpstreamPort& upstream,
               TimerPort& timers, const base::Clock& clock, base::Rng& rng)
    : max_in_flight_(options.limits.max_in_flight),
      targets_(targets),
      selector_(options.strategy, targets),
      retry_(options.retry),
      environment_{targets, selector_, retry_, upstream, timers, clock, rng, in_flight_, tape_} {}

std::unique_ptr<Call> Router::Start(CompletionRequest request, CallObserver& observer) {
  const bool full = in_flight() >= max_in_flight_;
  auto call = std::make_unique<CompletionCall>(std::move(request), observer, environment_);
  if (draining_.load(std::memory_order_relaxed)) {
    call->Reject(Outcome::kUnavailable, "the router is shutting down");
  } else if (full) {
    call->Reject(Outcome::kOverloaded,
                 base::StrCat("the router has ", max_in_flight_, " calls under way already"));
  } else {
    call->Begin();
  }
  return call;
}

void Router::Targets(TargetsCallback done) {
  std::vector<TargetStatus> statuses;
  statuses.reserve(targets_.size());
  for (const auto& target : targets_) statuses.push_back(target->Status());
  std::move(done)(std::move(statuses));
}

}  // namespace portcullis::router
