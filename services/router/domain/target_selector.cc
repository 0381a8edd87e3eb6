#include "services/router/domain/target_selector.h"

#include <algorithm>
#include <cmath>

#include "libs/base/strings.h"
#include "services/router/domain/rendezvous.h"

namespace portcullis::router {
namespace {

constexpr size_t kMaxDraws = 8;    // at random, before the rest is taken in order
constexpr size_t kMaxListed = 10;  // targets in a message

uint64_t TokensNeeded(const CompletionRequest& request) {
  return uint64_t{request.estimated_prompt_tokens} + request.max_output_tokens;
}

// Which of TargetPool::by_cost suits the request.
size_t CostStep(const CompletionRequest& request) {
  const double answer =
      request.max_output_tokens > 0 ? request.max_output_tokens : TargetSelector::kAssumedAnswer;
  return static_cast<size_t>(
      std::lround(answer / (answer + request.estimated_prompt_tokens) * TargetPool::kCostSteps));
}

std::string_view Describe(SkipReason reason) {
  switch (reason) {
    case SkipReason::kNone:
      return "usable";
    case SkipReason::kNoKey:
      return "no API key";
    case SkipReason::kKeyRefused:
      return "its key was refused by the provider";
    case SkipReason::kDrained:
      return "drained";
    case SkipReason::kUnhealthy:
      return "unhealthy";
    case SkipReason::kContextTooLong:
      return "context too small";
    case SkipReason::kCircuitOpen:
      return "circuit open";
  }
  return "unknown";
}

bool AllAre(const SkippedTargets& skipped, SkipReason reason) {
  return std::all_of(skipped.begin(), skipped.end(),
                     [reason](const auto& skip) { return skip.second == reason; });
}

}  // namespace

TargetSelector::TargetSelector(const RoutingTable& table, const base::Clock& clock, base::Rng& rng)
    : table_(table),
      targets_(table.targets()),
      strategy_(table.options().strategy),
      clock_(clock),
      rng_(rng),
      weighting_(&table.weighting()),
      states_(table.pools().size()) {
  for (PoolState& state : states_) state.turn = static_cast<uint32_t>(rng_.Next() >> 32);
}

Candidates TargetSelector::Select(const CompletionRequest& request) {
  Candidates candidates;
  const AbTestOptions* test = table_.Experiment(request.model);
  const Route route = test != nullptr ? Route{&table_.all(), false} : table_.Find(request.model);
  candidates.selector_ = this;
  candidates.request_ = &request;
  candidates.pool_ = route.pool;
  candidates.by_model_ = !request.model.empty() && (route.others_follow || route.pool == &table_.all());
  candidates.others_follow_ = route.others_follow;
  candidates.only_first_ = strategy_ == Strategy::kSingle;
  candidates.walk_ = Walk(*route.pool, request);
  if (test != nullptr) JoinExperiment(*test, candidates);
  return candidates;
}

// The caller's variant goes first; the others come as the strategy says.
void TargetSelector::JoinExperiment(const AbTestOptions& test, Candidates& candidates) {
  const base::RequestContext& context = candidates.request_->context;
  std::string_view key;
  if (test.sticky_by == StickyBy::kUser) key = context.user;
  if (test.sticky_by == StickyBy::kPrincipal) key = context.principal;
  const size_t variant =
      key.empty() ? WeightedChoice(rng_.NextUnit(), test.variants) : RendezvousChoice(key, test.variants);
  candidates.variant_ = test.variants[variant].target;
  candidates.walk_.chosen = table_.VariantTarget(variant);
}

PoolWalk TargetSelector::Walk(const TargetPool& pool, const CompletionRequest& request) {
  PoolWalk walk;
  walk.order = &pool.members;
  switch (strategy_) {
    case Strategy::kSingle:
    case Strategy::kOrdered:
      break;
    case Strategy::kRoundRobin:
      walk.start = TakeTurn(pool);
      break;
    case Strategy::kLatency:
      WalkByLatency(pool, request.stream, walk);
      break;
    case Strategy::kCost:
      walk.order = &pool.by_cost[CostStep(request)];
      break;
    case Strategy::kWeightedRoundRobin:
    case Strategy::kLeastBusy:
    case Strategy::kRandom:
      walk.draws = true;
      break;
  }
  if (!walk.order->empty()) walk.start %= static_cast<uint32_t>(walk.order->size());
  return walk;
}

std::optional<uint32_t> TargetSelector::Draw(const TargetPool& pool, PoolWalk& walk) {
  if (walk.chosen) {
    walk.drawn.push_back(*walk.chosen);
    walk.chosen.reset();
    return walk.drawn.back();
  }
  if (!walk.draws || pool.members.empty()) return std::nullopt;
  const bool first = walk.drawn.empty();
  for (size_t i = walk.drawn.size(); i < kMaxDraws && walk.drawn.size() < pool.members.size(); ++i) {
    uint32_t target = 0;
    if (strategy_ == Strategy::kLeastBusy) {
      target = LeastBusy(pool, walk);
    } else if (strategy_ == Strategy::kWeightedRoundRobin) {
      const std::vector<uint32_t>& schedule = weighting_.Get()->schedules[pool.id];
      const uint32_t size = static_cast<uint32_t>(schedule.size());
      target = pool.members[schedule[first ? TakeTurn(pool) % size : Below(size)]];
    } else {
      target = pool.members[Below(static_cast<uint32_t>(pool.members.size()))];
    }
    if (walk.HasDrawn(target)) continue;
    walk.drawn.push_back(target);
    return target;
  }
  walk.draws = false;
  walk.start = Below(static_cast<uint32_t>(pool.members.size()));
  return std::nullopt;
}

// Of few targets the least busy one, ties in turn; of many the better of two.
uint32_t TargetSelector::LeastBusy(const TargetPool& pool, const PoolWalk& walk) {
  const uint32_t size = static_cast<uint32_t>(pool.members.size());
  const bool few = size <= kFewTargets;
  const uint32_t start = few ? TakeTurn(pool) : 0;
  uint32_t best = pool.members.front();
  uint32_t fewest = UINT32_MAX;
  for (uint32_t i = 0; i < (few ? size : 2); ++i) {
    const uint32_t target = pool.members[few ? (start + i) % size : Below(size)];
    const uint32_t busy = targets_[target]->in_flight();
    if (busy >= fewest || walk.HasDrawn(target)) continue;
    fewest = busy;
    best = target;
  }
  return best;
}

void TargetSelector::WalkByLatency(const TargetPool& pool, bool stream, PoolWalk& walk) {
  if (pool.members.empty()) return;
  const Ranking& ranking = RankingOf(pool, stream);
  walk.kept = ranking.order;
  walk.order = ranking.order.get();
  const uint32_t size = static_cast<uint32_t>(pool.members.size());
  if (size > 1 && rng_.NextUnit() < table_.options().latency.exploration) {
    walk.chosen = pool.members[Below(size)];
  } else if (ranking.best > 1) {
    walk.chosen = (*walk.order)[TakeTurn(pool) % ranking.best];
  }
}

const TargetSelector::Ranking& TargetSelector::RankingOf(const TargetPool& pool, bool stream) {
  Ranking& ranking = states_[pool.id].rankings[stream ? 1 : 0];
  if (!ranking.order || clock_.Monotonic() - ranking.made >= kRankingLife) ranking = Rank(pool, stream);
  return ranking;
}

// A target of which nothing is known is as good as the best, so that it is found out.
TargetSelector::Ranking TargetSelector::Rank(const TargetPool& pool, bool stream) const {
  std::vector<std::pair<double, uint32_t>> known;
  std::vector<uint32_t> order;
  for (const uint32_t member : pool.members) {
    const LatencyEstimate& latency = targets_[member]->latency(stream);
    if (latency.HasSamples(table_.options().latency.min_samples)) {
      known.emplace_back(latency.micros(), member);
    } else {
      order.push_back(member);
    }
  }
  std::stable_sort(known.begin(), known.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Ranking ranking;
  ranking.best = static_cast<uint32_t>(order.size());
  const double limit = known.empty() ? 0 : known[0].first * (1 + table_.options().latency.tolerance);
  for (const auto& [latency, member] : known) {
    if (latency <= limit) ++ranking.best;
    order.push_back(member);
  }
  ranking.order = std::make_shared<const std::vector<uint32_t>>(std::move(order));
  ranking.made = clock_.Monotonic();
  return ranking;
}

// Uniform in [0, limit) (Lemire's multiplication; the bias below 2^-31 does not matter here).
uint32_t TargetSelector::Below(uint32_t limit) {
  return static_cast<uint32_t>(((rng_.Next() >> 32) * uint64_t{limit}) >> 32);
}

SkipReason TargetSelector::Check(uint32_t target, const CompletionRequest& request) const {
  const TargetState& state = *targets_[target];
  if (!state.available()) return SkipReason::kNoKey;
  if (state.drained()) return SkipReason::kDrained;
  if (!state.health().healthy()) return SkipReason::kUnhealthy;
  const auto& limit = state.options().max_context_tokens;
  if (limit && TokensNeeded(request) > *limit) return SkipReason::kContextTooLong;
  return SkipReason::kNone;
}

NoTarget TargetSelector::Explain(const CompletionRequest& request, const SkippedTargets& skipped) const {
  if (targets_.empty()) return {Outcome::kNoTarget, "no target is configured"};
  if (skipped.empty() && request.allowed_targets.empty() && !request.model.empty()) {
    return {Outcome::kNoTarget,
            "no target takes this model: see the models of the targets, or GET /v1/models"};
  }
  if (skipped.empty()) return {Outcome::kNoTarget, "no configured target is allowed for this request"};
  if (AllAre(skipped, SkipReason::kContextTooLong)) {
    return {Outcome::kContextTooLong, ContextMessage(request, skipped)};
  }
  std::string list;
  base::Duration soonest = base::Duration::max();
  for (size_t i = 0; i < skipped.size(); ++i) {
    const auto& [index, reason] = skipped[i];
    const TargetState& target = *targets_[index];
    if (i < kMaxListed) {
      list += base::StrCat(list.empty() ? "" : ", ", target.options().id, " (", Describe(reason), ")");
    }
    if (const auto wait = target.UsableIn(reason, clock_.Monotonic())) soonest = std::min(soonest, *wait);
  }
  if (skipped.size() > kMaxListed) list += base::StrCat(" and ", skipped.size() - kMaxListed, " more");
  NoTarget none{Outcome::kUnavailable, base::StrCat("no target is available: ", list)};
  if (AllAre(skipped, SkipReason::kKeyRefused)) none.outcome = Outcome::kUpstreamAuth;
  if (soonest != base::Duration::max()) {
    none.retry_after_seconds = std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(soonest).count());
  }
  return none;
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
