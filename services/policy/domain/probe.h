// What the engine tells those who measure it.
#pragma once

#include <cstdint>
#include <string_view>

#include "libs/base/clock.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/direction.h"

namespace portcullis::policy {

// Called on the worker that does the work; implementations must be quick and need no lock per call.
class Probe {
 public:
  virtual ~Probe() = default;

  // What one policy did with a request, a whole answer or a guarded piece. Not called when it allowed a
  // piece.
  virtual void OnDecision(std::string_view policy, Action action) = 0;

  // The same of a policy that only observes: what it would have done.
  virtual void OnObserved(std::string_view /*policy*/, Action /*action*/) {}

  // A policy did not finish in time, and its fail mode refused the text or let it pass.
  virtual void OnFailure(std::string_view /*policy*/, bool /*blocked*/) {}

  // Bytes of segment text that were examined.
  virtual void OnScanned(Direction direction, uint64_t bytes) = 0;

  // How long a check of a request, a whole answer or a guarded piece took, over all policies.
  virtual void OnCheckDuration(Direction direction, base::Duration duration) = 0;
};

// Measures nothing.
class NullProbe final : public Probe {
 public:
  void OnDecision(std::string_view, Action) override {}
  void OnScanned(Direction, uint64_t) override {}
  void OnCheckDuration(Direction, base::Duration) override {}
};

}  // namespace portcullis::policy
