// Copies some requests to a shadow target and throws its answers away: what clients get never waits for it,
// fails with it or pays for it.
//
// Belongs to one worker.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/model_slot.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/target_attempt.h"
#include "services/router/domain/target_state.h"

namespace portcullis::router {

struct MirrorInstruments {
  telemetry::Counter* ok = nullptr;
  telemetry::Counter* failed = nullptr;
  telemetry::Counter* skipped = nullptr;  // the shadow was not usable, or had enough to do
};

class Mirror {
 public:
  // Everything is borrowed and outlives the mirror. Of no use (and with empty `instruments`) when
  // `options.enabled` is false.
  Mirror(const MirrorOptions& options, const TargetTable& targets, const AttemptPorts& ports, base::Rng& rng,
         const MirrorInstruments& instruments);
  ~Mirror();

  // Copies the request if its turn comes. `slot` is the place of the model in its body.
  void Offer(const CompletionRequest& request, UpstreamPath path, ModelSlot slot);

  size_t in_flight() const { return copies_.size(); }

 private:
  class Copy;

  const MirrorOptions& options_;
  const TargetTable& targets_;
  const AttemptPorts& ports_;
  base::Rng& rng_;
  const MirrorInstruments instruments_;
  uint32_t target_ = UINT32_MAX;
  std::unordered_map<Copy*, std::unique_ptr<Copy>> copies_;
};

}  // namespace portcullis::router
