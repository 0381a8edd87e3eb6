// Copies some requests to a shadow target, in its dialect, and throws its answers away: what clients get
// never waits for it, fails with it or pays for it.
//
// Belongs to one worker.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/json/tape.h"
#include "libs/telemetry/api/logger.h"
#include "services/router/api/router_api.h"
#include "services/router/domain/model_slot.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/target_attempt.h"
#include "services/router/domain/target_state.h"

namespace portcullis::router {

struct MirrorInstruments {
  telemetry::Counter* ok = nullptr;
  telemetry::Counter* failed = nullptr;
  telemetry::Counter* skipped = nullptr;  // the shadow was not usable, cannot honour it, or had enough to do
};

// What a mirror works with. Outlives it.
struct MirrorPorts {
  const AttemptPorts& attempts;
  base::Rng& rng;
  json::Tape& tape;           // memory for one body at a time
  telemetry::Logger& logger;  // for `log_response`
};

class Mirror {
 public:
  // Everything is borrowed and outlives the mirror. Of no use (and with empty `instruments`) when
  // `options.enabled` is false.
  Mirror(const MirrorOptions& options, const TargetTable& targets, const MirrorPorts& ports,
         const MirrorInstruments& instruments);
  ~Mirror();

  // Copies the request if its turn comes. `slot` is the place of the model in its body.
  void Offer(const CompletionRequest& request, UpstreamPath path, ModelSlot slot);

  size_t in_flight() const { return copies_.size(); }

 private:
  class Copy;

  bool Adapt(const TargetState& target, const CompletionRequest& request, ModelSlot slot, std::string* body);

  const MirrorOptions& options_;
  const TargetTable& targets_;
  const MirrorPorts ports_;
  const MirrorInstruments instruments_;
  uint32_t target_ = UINT32_MAX;
  std::unordered_map<Copy*, std::unique_ptr<Copy>> copies_;
};

}  // namespace portcullis::router
