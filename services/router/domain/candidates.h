// The targets of one call, in the order in which they are to be asked, worked out one by one: a call that the
// first target answers has not looked at the others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/routing_table.h"

namespace portcullis::router {

// One pass over a pool: first the chosen target, then some that are drawn, then the rest in ring order from
// `start`.
struct PoolWalk {
  std::optional<uint32_t> chosen;
  bool draws = false;  // more are to be drawn
  const std::vector<uint32_t>* order = nullptr;
  std::shared_ptr<const std::vector<uint32_t>> kept;  // keeps `order` alive where it may be replaced
  uint32_t start = 0;
  uint32_t next = 0;
  absl::InlinedVector<uint32_t, 2> drawn;  // chosen and drawn ones that were given

  bool HasDrawn(uint32_t target) const {
    return std::find(drawn.begin(), drawn.end(), target) != drawn.end();
  }
};

class TargetSelector;

// Belongs to one worker; the selector and the request outlive it.
class Candidates {
 public:
  Candidates() = default;

  // The next target (an index in the TargetTable), each at most once; nullopt = there are no more.
  std::optional<uint32_t> Next();

  // Id of the experiment's variant that the caller has; "" = none.
  std::string_view variant() const { return variant_; }

 private:
  friend class TargetSelector;

  std::optional<uint32_t> NextInOrder();  // without the request's preference
  std::optional<uint32_t> NextOfPool();
  std::optional<uint32_t> NextOfOthers();
  bool Allows(uint32_t target) const;
  bool ComesFirst(uint32_t target) const;
  bool TakesModel(uint32_t target) const;
  bool Names(const std::vector<std::string>& ids, uint32_t target) const;
  bool WasInEarlierPool(uint32_t target) const;

  TargetSelector* selector_ = nullptr;
  const CompletionRequest* request_ = nullptr;
  const TargetPool* pool_ = nullptr;
  PoolWalk walk_;
  absl::InlinedVector<const TargetPool*, 2> earlier_pools_;
  bool by_model_ = false;  // the request names a model, not a target or a group
  bool others_follow_ = false;
  uint32_t next_other_ = 0;
  bool only_first_ = false;
  bool given_ = false;
  bool all_seen_ = false;
  absl::InlinedVector<uint32_t, 2> put_off_;  // until the preferred ones were given
  size_t next_put_off_ = 0;
  std::string_view variant_;
};

}  // namespace portcullis::router
