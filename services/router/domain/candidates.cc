#include "services/router/domain/candidates.h"

#include <algorithm>

#include "libs/base/glob.h"
#include "services/router/domain/target_selector.h"

namespace portcullis::router {

std::optional<uint32_t> Candidates::Next() {
  if (selector_ == nullptr || (request_->preferred_targets.empty() && request_->avoided_targets.empty())) {
    return NextInOrder();
  }
  while (!all_seen_) {
    const std::optional<uint32_t> target = NextInOrder();
    if (target && ComesFirst(*target)) return target;
    if (target) {
      put_off_.push_back(*target);
    } else {
      all_seen_ = true;
    }
  }
  if (next_put_off_ == put_off_.size()) return std::nullopt;
  return put_off_[next_put_off_++];
}

std::optional<uint32_t> Candidates::NextInOrder() {
  if (selector_ == nullptr || (only_first_ && given_)) return std::nullopt;
  while (pool_ != nullptr) {
    while (const std::optional<uint32_t> target = NextOfPool()) {
      if (!Allows(*target) || WasInEarlierPool(*target)) continue;
      given_ = true;
      return target;
    }
    earlier_pools_.push_back(pool_);
    pool_ = pool_->fallback;
    const bool circle =
        std::find(earlier_pools_.begin(), earlier_pools_.end(), pool_) != earlier_pools_.end();
    if (circle) pool_ = nullptr;
    if (pool_ != nullptr) walk_ = selector_->Walk(*pool_, *request_);
  }
  if (!others_follow_) return std::nullopt;
  return NextOfOthers();
}

std::optional<uint32_t> Candidates::NextOfPool() {
  if (const std::optional<uint32_t> target = selector_->Draw(*pool_, walk_)) return target;
  const uint32_t size = static_cast<uint32_t>(walk_.order->size());
  while (walk_.next < size) {
    const uint32_t target = (*walk_.order)[(walk_.start + walk_.next++) % size];
    if (!walk_.HasDrawn(target)) return target;
  }
  return std::nullopt;
}

// The targets of other models than the one asked for.
std::optional<uint32_t> Candidates::NextOfOthers() {
  const RoutingTable& table = selector_->table();
  while (next_other_ < table.all().members.size()) {
    const uint32_t target = table.all().members[next_other_++];
    const TargetOptions& options = table.targets()[target]->options();
    const bool given = !options.passthrough_model && options.model == request_->model;
    if (!given && Allows(target)) return target;
  }
  return std::nullopt;
}

bool Candidates::WasInEarlierPool(uint32_t target) const {
  return std::any_of(earlier_pools_.begin(), earlier_pools_.end(), [target](const TargetPool* pool) {
    return std::find(pool->members.begin(), pool->members.end(), target) != pool->members.end();
  });
}

bool Candidates::ComesFirst(uint32_t target) const {
  if (Names(request_->avoided_targets, target)) return false;
  return request_->preferred_targets.empty() || Names(request_->preferred_targets, target);
}

bool Candidates::Allows(uint32_t target) const {
  if (by_model_ && !TakesModel(target)) return false;
  return request_->allowed_targets.empty() || Names(request_->allowed_targets, target);
}

// A client's model goes upstream only where it is known, or where the request wants to go.
bool Candidates::TakesModel(uint32_t target) const {
  const TargetOptions& options = selector_->table().targets()[target]->options();
  return !options.passthrough_model || base::AnyGlobMatches(options.models, request_->model) ||
         Names(request_->preferred_targets, target);
}

bool Candidates::Names(const std::vector<std::string>& ids, uint32_t target) const {
  const std::string& id = selector_->table().targets()[target]->options().id;
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace portcullis::router
