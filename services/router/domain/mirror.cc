#include "services/router/domain/mirror.h"

#include <algorithm>
#include <utility>

namespace portcullis::router {

class Mirror::Copy final : private TargetAttempt::Owner {
 public:
  Copy(Mirror& mirror, TargetState& target, CircuitBreaker::Permit permit)
      : mirror_(mirror),
        attempt_(*this, mirror.ports_, target, permit, target.options().model, /*deadline_cut=*/true) {}

  void Start(UpstreamRequest request) { attempt_.Start(std::move(request)); }

 private:
  void OnAttemptHead(TargetAttempt&, int, std::string_view) override {}
  void OnAttemptData(TargetAttempt&, std::string_view) override {}
  void OnAttemptDone(TargetAttempt&, AttemptEnd end) override {
    const bool ok = end.verdict.outcome == Outcome::kOk;
    (ok ? mirror_.instruments_.ok : mirror_.instruments_.failed)->Add();
    mirror_.copies_.erase(this);
  }

  Mirror& mirror_;
  TargetAttempt attempt_;
};

Mirror::Mirror(const MirrorOptions& options, const TargetTable& targets, const AttemptPorts& ports,
               base::Rng& rng, const MirrorInstruments& instruments)
    : options_(options), targets_(targets), ports_(ports), rng_(rng), instruments_(instruments) {
  for (uint32_t i = 0; options.enabled && i < targets.size(); ++i) {
    if (targets[i]->options().id == options.target) target_ = i;
  }
}

Mirror::~Mirror() = default;

void Mirror::Offer(const CompletionRequest& request, UpstreamPath path, ModelSlot slot) {
  if (target_ == UINT32_MAX || rng_.NextUnit() >= options_.sample_rate) return;
  TargetState& target = *targets_[target_];
  const auto key = target.keys().Pick(ports_.clock.Monotonic(), rng_);
  const bool usable = key && target.available() && !target.drained() && target.health().healthy() &&
                      copies_.size() < options_.max_in_flight;
  const auto permit = usable ? target.circuit().Admit() : std::nullopt;
  if (!permit) return instruments_.skipped->Add();
  UpstreamRequest copy;
  copy.target = target_;
  copy.key = *key;
  copy.path = path;
  copy.stream = request.stream;
  copy.timeout = options_.timeout;
  copy.body = request.body;
  if (!target.options().passthrough_model) slot.Set(target.model_literal(), copy.body);
  auto made = std::make_unique<Copy>(*this, target, *permit);
  Copy& started = *made;
  copies_.emplace(&started, std::move(made));
  started.Start(std::move(copy));
}

}  // namespace portcullis::router
