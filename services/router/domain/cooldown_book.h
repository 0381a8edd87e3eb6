// The cool-downs of all replicas: collects what this one sees, and applies what the others saw. How they come
// together is an adapter's business; it calls TakePosts, exchanges, and then Learn or PutBack, from one
// thread.
//
// A cool-down's name is "<kind>:<key's fingerprint>:<target's id>". The fingerprint is the beginning of the
// key's SHA-256, so that replicas agree whatever the order of their keys, and no key leaves the process.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/clock.h"
#include "services/router/domain/cooldown_share.h"
#include "services/router/domain/target_state.h"

namespace portcullis::router {

// A cool-down by its name and what remains of it; 0 = it is over.
struct CooldownPost {
  std::string name;
  std::chrono::milliseconds remaining{0};
};

class CooldownBook final : public CooldownShare {
 public:
  // `targets` and `clock` outlive the book. `on_post` is called when there is something to exchange; any
  // thread.
  CooldownBook(const TargetTable& targets, const base::Clock& clock, std::function<void()> on_post);

  void Tell(const Cooldown& cooldown) override;
  void TellOver(uint32_t target, uint32_t key) override;

  // What was told since the last call. At most one for each name.
  std::vector<CooldownPost> TakePosts();

  // The exchange failed: they go with the next one, unless something newer was told.
  void PutBack(const std::vector<CooldownPost>& posts);

  // All cool-downs that stand, after the posts were taken in. What others told is applied to the targets;
  // names of targets and keys that this replica does not have are passed over. Returns how many were applied.
  size_t Learn(const std::vector<CooldownPost>& all);

 private:
  struct Place {
    CooldownKind kind;
    uint32_t target;
    uint32_t key;
  };
  using Times = absl::flat_hash_map<std::string, base::MonotonicTime>;  // by name: when it is over

  void Post(std::string name, base::MonotonicTime over);
  bool Apply(const CooldownPost& post, base::MonotonicTime now);
  void ApplyRemovals(const std::vector<CooldownPost>& all, base::MonotonicTime now);

  const TargetTable& targets_;
  const base::Clock& clock_;
  const std::function<void()> on_post_;
  absl::flat_hash_map<std::string, Place> places_;
  std::vector<std::vector<std::string>> fingerprints_;  // by target and key
  Times seen_;                                          // of the exchanging thread
  std::mutex mutex_;
  Times posts_;  // guarded by mutex_; a time that has passed = it is over
};

}  // namespace portcullis::router
