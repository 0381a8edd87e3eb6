#include "services/router/domain/mirror.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {

class Mirror::Copy final : private TargetAttempt::Owner {
 public:
  Copy(Mirror& mirror, TargetState& target, CircuitBreaker::Permit permit, std::string request_id)
      : mirror_(mirror),
        request_id_(std::move(request_id)),
        attempt_(*this, mirror.ports_.attempts, target, permit, target.options().model,
                 /*deadline_cut=*/true) {}

  void Start(UpstreamRequest request) {
    const auto now = mirror_.ports_.attempts.clock.Now().time_since_epoch();
    attempt_.Adapt(MakeAnswerAdapter(attempt_.target().options().dialect, request.stream,
                                     std::chrono::duration_cast<std::chrono::seconds>(now).count()),
                   {});
    attempt_.Start(std::move(request));
  }

 private:
  void OnAttemptHead(TargetAttempt&, int, std::string_view) override {}
  void OnAttemptData(TargetAttempt&, std::string_view bytes) override { bytes_ += bytes.size(); }
  void OnAttemptDone(TargetAttempt&, AttemptEnd end) override {
    const bool ok = end.verdict.outcome == Outcome::kOk;
    (ok ? mirror_.instruments_.ok : mirror_.instruments_.failed)->Add();
    if (mirror_.options_.log_response) Log(end);
    mirror_.copies_.erase(this);
  }

  // Never the answer's text, which no log holds.
  void Log(const AttemptEnd& end) const {
    mirror_.ports_.logger.Info("mirrored request", {{"request_id", request_id_},
                                                    {"target", end.record.target},
                                                    {"model", end.record.model},
                                                    {"outcome", OutcomeName(end.record.outcome)},
                                                    {"http_status", end.record.http_status},
                                                    {"latency_us", end.record.latency_us},
                                                    {"response_bytes", bytes_}});
  }

  Mirror& mirror_;
  const std::string request_id_;  // of the request that was copied
  uint64_t bytes_ = 0;
  TargetAttempt attempt_;
};

Mirror::Mirror(const MirrorOptions& options, const TargetTable& targets, const MirrorPorts& ports,
               const MirrorInstruments& instruments)
    : options_(options), targets_(targets), ports_(ports), instruments_(instruments) {
  for (uint32_t i = 0; options.enabled && i < targets.size(); ++i) {
    if (targets[i]->options().id == options.target) target_ = i;
  }
}

Mirror::~Mirror() = default;

// The request as the shadow takes it; false when it cannot honour it.
bool Mirror::Adapt(const TargetState& target, const CompletionRequest& request, ModelSlot slot,
                   std::string* body) {
  *body = request.body;
  if (target.options().ModelFor(request.model) != request.model) slot.Set(target.model_literal(), *body);
  AdaptedRequest adapted;
  Refusal refusal;
  if (!AdaptRequest(target.options().dialect, request.operation, request.stream, *body, &ports_.tape,
                    &adapted, &refusal)) {
    return false;
  }
  if (adapted.changed) *body = std::move(adapted.body);
  return true;
}

void Mirror::Offer(const CompletionRequest& request, UpstreamPath path, ModelSlot slot) {
  if (target_ == UINT32_MAX || ports_.rng.NextUnit() >= options_.sample_rate) return;
  TargetState& target = *targets_[target_];
  const auto key = target.keys().Pick(ports_.attempts.clock.Monotonic(), ports_.rng);
  const bool usable = key && target.available() && !target.drained() && target.health().healthy() &&
                      copies_.size() < options_.max_in_flight;
  UpstreamRequest copy;
  if (!usable || !Adapt(target, request, std::move(slot), &copy.body)) return instruments_.skipped->Add();
  const auto permit = target.circuit().Admit();
  if (!permit) return instruments_.skipped->Add();
  copy.target = target_;
  copy.key = *key;
  copy.path = path;
  copy.stream = request.stream;
  copy.timeout = options_.timeout;
  auto made = std::make_unique<Copy>(*this, target, *permit, request.context.request_id);
  Copy& started = *made;
  copies_.emplace(&started, std::move(made));
  started.Start(std::move(copy));
}

}  // namespace portcullis::router
