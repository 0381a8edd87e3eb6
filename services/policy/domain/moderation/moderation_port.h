// How external-moderation asks its service. adapters/moderation does it over HTTP.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

// What the service says of a text, in its own words.
struct CategoryScore {
  std::string category;
  double score = 0;  // 0..1
};
using TextScores = std::vector<CategoryScore>;

struct ModerationQuestion {
  std::shared_ptr<const ModerationService> service;
  std::vector<std::string> texts;
  base::MonotonicTime deadline = base::MonotonicTime::max();
  // True once nobody waits for the answer; what has not been sent then need not be.
  std::shared_ptr<const std::atomic<bool>> abandoned;
};

class ModerationPort {
 public:
  // One answer for each text. Errors: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED (too many calls wait),
  // UNAVAILABLE, DATA_LOSS (the answer cannot be read).
  using Callback = absl::AnyInvocable<void(std::vector<absl::StatusOr<TextScores>>) &&>;

  virtual ~ModerationPort() = default;

  // `done` runs once: inside the call, or later on a thread of the port's choice; never if the port is
  // destroyed before.
  virtual void Ask(ModerationQuestion question, Callback done) = 0;
};

}  // namespace portcullis::policy
