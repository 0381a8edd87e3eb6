// Which targets a request may go to, in which order, and why one is passed over.
//
// Picking costs the same for three targets and for a thousand: names are looked up in the RoutingTable, turns
// are read from its schedules, of many targets two are compared (least_busy: "the power of two choices",
// Mitzenmacher 2001), and what must be sorted by latency is sorted at most once in kRankingLife.
//
// Belongs to one worker, and so do its turns and rankings: no lock, and nothing that workers write together.
// The figures it compares (latency, calls under way) are the targets' atomics.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/candidates.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/routing_table.h"
#include "services/router/domain/target_state.h"

namespace portcullis::router {

using SkippedTargets = absl::InlinedVector<std::pair<uint32_t, SkipReason>, 4>;

// Why a call has no target at all.
struct NoTarget {
  Outcome outcome;
  std::string message;
  int64_t retry_after_seconds = 0;  // 0 = nobody can say
};

class TargetSelector {
 public:
  static constexpr std::chrono::milliseconds kRankingLife{100};
  static constexpr uint32_t kFewTargets = 8;       // least_busy compares so many one by one
  static constexpr uint32_t kAssumedAnswer = 512;  // tokens, for prices, when the client sets no limit

  // Everything is borrowed and outlives the selector.
  TargetSelector(const RoutingTable& table, const base::Clock& clock, base::Rng& rng);

  // The targets that the request allows, whatever their state (see RoutingTable::Find), in the strategy's
  // order. With Strategy::kSingle only the first of them. `request` must stay where it is.
  Candidates Select(const CompletionRequest& request);

  // Everything but the circuit, which only admits who really goes.
  SkipReason Check(uint32_t target, const CompletionRequest& request) const;

  // For a request whose candidates were all skipped, or which had none.
  NoTarget Explain(const CompletionRequest& request, const SkippedTargets& skipped) const;

  const RoutingTable& table() const { return table_; }

  // For Candidates: the way through a pool, and its next target that is drawn.
  PoolWalk Walk(const TargetPool& pool, const CompletionRequest& request);
  std::optional<uint32_t> Draw(const TargetPool& pool, PoolWalk& walk);

 private:
  // A pool's members by latency, and how many of them are as good as the best.
  struct Ranking {
    std::shared_ptr<const std::vector<uint32_t>> order;
    uint32_t best = 0;
    base::MonotonicTime made{};
  };
  struct PoolState {
    uint32_t turn = 0;
    Ranking rankings[2];  // of whole answers, of streams
  };

  const Ranking& RankingOf(const TargetPool& pool, bool stream);
  Ranking Rank(const TargetPool& pool, bool stream) const;
  uint32_t TakeTurn(const TargetPool& pool) { return states_[pool.id].turn++; }
  uint32_t Below(uint32_t limit);
  uint32_t LeastBusy(const TargetPool& pool, const PoolWalk& walk);
  void WalkByLatency(const TargetPool& pool, bool stream, PoolWalk& walk);
  void JoinExperiment(const AbTestOptions& test, Candidates& candidates);
  std::string ContextMessage(const CompletionRequest& request, const SkippedTargets& skipped) const;

  const RoutingTable& table_;
  const TargetTable& targets_;
  const Strategy strategy_;
  const base::Clock& clock_;
  base::Rng& rng_;
  base::Snapshot<Weighting> weighting_;
  std::vector<PoolState> states_;  // by TargetPool::id
};

}  // namespace portcullis::router
