// The policy service with spans: "policy input" for the check of a request, "policy output" for that of its
// answer, whole or streamed (from the first piece to the last), below the span of the request; one for each
// answer when another one is asked for.
#pragma once

#include <memory>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/tracer.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

// One per worker, as what it wraps. Exchanges may outlive it, but not the clock and the tracer.
class TracedPolicy final : public PolicyApi {
 public:
  TracedPolicy(std::unique_ptr<PolicyApi> inner, const base::Clock& clock, telemetry::Tracing tracing)
      : inner_(std::move(inner)), clock_(clock), tracing_(tracing) {}

  void Open(const OpenRequest& request, OpenCallback done) override;

 private:
  const std::unique_ptr<PolicyApi> inner_;
  const base::Clock& clock_;
  const telemetry::Tracing tracing_;
  const std::shared_ptr<base::Rng> rng_ =
      std::make_shared<base::SystemRng>();  // of the worker, for its spans
};

}  // namespace portcullis::policy
