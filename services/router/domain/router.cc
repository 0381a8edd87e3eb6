#include "services/router/domain/router.h"

#include <utility>
#include <vector>

#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

constexpr double kHedgesPerSecond = 0.1;  // allowed besides the budget's share, so that few calls have some

}  // namespace

Router::Router(const RoutingTable& table, const RouterInstruments& instruments, UpstreamPort& upstream,
               TimerPort& timers, const base::Clock& clock, base::Rng& rng, telemetry::Logger& logger,
               telemetry::Tracing tracing)
    : table_(table),
      options_(table.options()),
      targets_(table.targets()),
      clock_(clock),
      ports_{upstream, timers, clock, options_.hedge.enabled},
      selector_(table, clock, rng),
      retry_(options_.retry, options_.fallback),
      retry_budget_(options_.retry.budget_percent, options_.retry.min_retries_per_second, clock.Monotonic()),
      hedge_budget_(options_.hedge.budget_percent, kHedgesPerSecond, clock.Monotonic()),
      mirror_(options_.mirror, targets_, {ports_, rng, tape_, logger}, instruments.mirror),
      environment_{options_,      targets_,      selector_,  retry_,
                   retry_budget_, hedge_budget_, mirror_,    *instruments.refused_retries,
                   ports_,        rng,           in_flight_, tape_,
                   tracing} {}

std::unique_ptr<Call> Router::Start(CompletionRequest request, CallObserver& observer) {
  const bool full = in_flight() >= options_.limits.max_in_flight;
  auto call = std::make_unique<CompletionCall>(std::move(request), observer, environment_);
  if (draining_.load(std::memory_order_relaxed)) {
    call->Reject(Outcome::kUnavailable, "the router is shutting down");
  } else if (full) {
    call->Reject(Outcome::kOverloaded,
                 base::StrCat("the router has ", options_.limits.max_in_flight, " calls under way already"));
  } else {
    call->Begin();
  }
  return call;
}

void Router::Targets(TargetsCallback done) { std::move(done)(table_.Statuses(clock_.Monotonic())); }

}  // namespace portcullis::router
