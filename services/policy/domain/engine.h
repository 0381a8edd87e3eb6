// The policy service itself: PolicyApi in its direct form. Callbacks run inside the calls, but with
// external-moderation in the chain those of Open, CheckOutput and Guard may run later, where the port's do.
#pragma once

#include <memory>

#include "libs/base/clock.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/bundle_source.h"
#include "services/policy/domain/control/gate.h"
#include "services/policy/domain/moderation/moderation_policy.h"
#include "services/policy/domain/moderation/moderation_port.h"
#include "services/policy/domain/probe.h"

namespace portcullis::policy {

// One engine per worker; engines share the bundle source. Exchanges may outlive their engine, but not the
// clock, the probe and the port. Not thread-safe.
class Engine final : public PolicyApi {
 public:
  // `moderation` may be null: then a chain with external-moderation fails as its fail mode says.
  Engine(const BundleSource* bundles, const base::Clock* clock, Probe* probe,
         ModerationPort* moderation = nullptr);
  ~Engine() override;

  // Errors: RESOURCE_EXHAUSTED (text over the bundle's limits), INTERNAL (no memory for the scanner).
  // A policy that cannot be run as planned falls back to a slower way; none is left out.
  void Open(const OpenRequest& request, OpenCallback done) override;

  // Bytes that matchers looked at so far: for tests of linear time.
  uint64_t steps() const;

  // Whether whole texts go through the prefilter first (they do). Off, every position is tried: for tests.
  void set_use_prefilter(bool use);

 private:
  class Shard;

  void Moderate(const OpenRequest& request, const Circumstances& now,
                const std::shared_ptr<const ModerationPolicy>& policy, OpenResult result, OpenCallback done);

  std::shared_ptr<Shard> shard_;
  ModerationPort* const moderation_;
};

}  // namespace portcullis::policy
