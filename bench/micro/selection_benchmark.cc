// Picking a target: what a request pays for the strategy, with 3 targets and with 1,000.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/metrics.h"
#include "services/router/app/router_metrics.h"
#include "services/router/domain/routing_table.h"
#include "services/router/domain/target_selector.h"

namespace portcullis::router {
namespace {

// A router's view of some targets, each with a latency, a weight and a price of its own.
struct Fixture {
  Fixture(Strategy strategy, int count) {
    options.strategy = strategy;
    for (int i = 0; i < count; ++i) {
      TargetOptions& target = options.targets.emplace_back();
      target.id = "target-" + std::to_string(i);
      target.model = "model-" + std::to_string(i % 7);
      target.api_key = "key";
      target.weight = 1 + i % 10;
      target.pricing = Pricing{1.0 + i % 13, 2.0 + i % 17};
    }
    for (const TargetOptions& target : options.targets) {
      targets.push_back(std::make_unique<TargetState>(target, options, clock, nullptr,
                                                      MakeTargetInstruments(metrics, target.id)));
      targets.back()->latency(false).Record(100'000 + 1'000 * targets.size(), clock.Monotonic());
    }
    table = std::make_unique<RoutingTable>(options, targets);
    selector = std::make_unique<TargetSelector>(*table, clock, rng);
    request.body = "{}";
    request.estimated_prompt_tokens = 500;
  }

  base::SystemClock clock;
  base::SystemRng rng{1};
  telemetry::NullMetrics metrics;
  RouterOptions options;
  TargetTable targets;
  std::unique_ptr<RoutingTable> table;
  std::unique_ptr<TargetSelector> selector;
  CompletionRequest request;
};

void Select(benchmark::State& state, Strategy strategy, const char* model) {
  Fixture fixture(strategy, static_cast<int>(state.range(0)));
  fixture.request.model = model;
  for (auto _ : state) {
    Candidates candidates = fixture.selector->Select(fixture.request);
    const uint32_t target = *candidates.Next();
    benchmark::DoNotOptimize(fixture.selector->Check(target, fixture.request));
  }
}

#define PORTCULLIS_SELECT(name, strategy, model) \
  BENCHMARK_CAPTURE(Select, name, Strategy::strategy, model)->Arg(3)->Arg(1000)

PORTCULLIS_SELECT(fallback, kOrdered, "");
PORTCULLIS_SELECT(fallback_by_model, kOrdered, "model-1");
PORTCULLIS_SELECT(latency, kLatency, "");
PORTCULLIS_SELECT(round_robin, kRoundRobin, "");
PORTCULLIS_SELECT(weighted_round_robin, kWeightedRoundRobin, "");
PORTCULLIS_SELECT(least_busy, kLeastBusy, "");
PORTCULLIS_SELECT(cost, kCost, "");
PORTCULLIS_SELECT(random, kRandom, "");

}  // namespace
}  // namespace portcullis::router

BENCHMARK_MAIN();
