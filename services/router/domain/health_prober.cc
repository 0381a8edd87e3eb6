#include "services/router/domain/health_prober.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

base::Duration Scaled(base::Duration duration, double factor) {
  return base::Duration(static_cast<int64_t>(static_cast<double>(duration.count()) * factor));
}

// A completion that costs one token.
std::string ProbeBody(const TargetState& target) {
  return base::StrCat(R"({"model":)", target.model_literal(),
                      R"(,"messages":[{"role":"user","content":"ping"}],"max_tokens":1})");
}

UpstreamPath PathOf(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kCompletion:
      return UpstreamPath::kChatCompletions;
    case ProbeKind::kPath:
      return UpstreamPath::kProbe;
    case ProbeKind::kModels:
      break;
  }
  return UpstreamPath::kModels;
}

}  // namespace

// The endless series of probes of one target.
class HealthProber::Probe final : public UpstreamObserver {
 public:
  Probe(HealthProber& prober, uint32_t index)
      : prober_(prober),
        index_(index),
        target_(*prober.targets_[index]),
        gate_(prober.gates_[target_.options().provider]) {}

  ~Probe() override { ReportTrial(CircuitResult::kNeutral, ""); }

  void Schedule(base::Duration delay) {
    timer_ = prober_.timers_.RunAfter(delay, [this] { Enter(); });
  }

  void Send() {
    ++gate_.busy;
    started_ = prober_.clock_.Monotonic();
    const auto key = target_.keys().Pick(started_, prober_.rng_);
    key_ = key.value_or(0);  // a refused key too: the probe finds out when it is accepted again
    if (target_.circuit().state() != CircuitState::kClosed) trial_ = target_.circuit().Admit();
    const HealthProbeOptions& probe = target_.options().health_probe;
    UpstreamRequest request;
    request.target = index_;
    request.key = key_;
    request.path = PathOf(probe.kind);
    request.timeout = probe.timeout;
    if (probe.kind == ProbeKind::kCompletion) request.body = ProbeBody(target_);
    attempt_ = prober_.upstream_.Start(std::move(request), *this);
  }

 private:
  void Enter() {
    if (gate_.busy < prober_.max_per_provider_) return Send();
    gate_.waiting.push_back(this);
  }

  void Leave() {
    --gate_.busy;
    if (gate_.waiting.empty()) return;
    Probe* const next = gate_.waiting.front();
    gate_.waiting.pop_front();
    next->Send();
  }

  void OnUpstreamHead(int, std::string_view) override {}
  void OnUpstreamData(std::string_view) override {}

  void OnUpstreamDone(UpstreamResult result) override {
    attempt_.reset();
    const base::MonotonicTime now = prober_.clock_.Monotonic();
    const std::chrono::duration<double> seconds = now - started_;
    target_.instruments().probe_duration->Observe(seconds.count());
    const AttemptVerdict verdict = JudgeAttempt(result, target_.options(), /*deadline_cut=*/false);
    if (verdict.outcome == Outcome::kRateLimited) {
      ReportTrial(CircuitResult::kNeutral, "");
    } else {
      const bool good = verdict.outcome == Outcome::kOk;
      ReportTrial(good ? CircuitResult::kSuccess : CircuitResult::kFailure, verdict.cause);
      if (good) target_.keys().Worked(key_);
      RecordHealth(good, verdict.message);
    }
    const base::Duration interval =
        Scaled(target_.options().health_probe.interval, 0.8 + 0.2 * prober_.rng_.NextUnit());
    Schedule(std::max(interval - (now - started_), base::Duration::zero()));
    Leave();
  }

  void ReportTrial(CircuitResult result, std::string_view cause) {
    if (trial_) target_.circuit().Report(*trial_, result, cause);
    trial_.reset();
  }

  void RecordHealth(bool good, const std::string& message) {
    if (!good) target_.SetLastError(message);
    if (!target_.health().Record(good)) return;
    target_.instruments().healthy->Set(good ? 1 : 0);
    if (good) {
      prober_.logger_.Info("target is healthy again", {{"target", target_.options().id},
                                                       {"description", target_.options().description}});
    } else {
      prober_.logger_.Warning("target is unhealthy", {{"target", target_.options().id},
                                                      {"description", target_.options().description},
                                                      {"cause", message}});
    }
  }

  HealthProber& prober_;
  const uint32_t index_;
  TargetState& target_;
  Gate& gate_;
  uint32_t key_ = 0;
  base::MonotonicTime started_{};
  std::optional<CircuitBreaker::Permit> trial_;
  std::unique_ptr<Timer> timer_;
  UpstreamAttemptPtr attempt_;
};

HealthProber::HealthProber(const TargetTable& targets, uint32_t max_per_provider, UpstreamPort& upstream,
                           TimerPort& timers, const base::Clock& clock, base::Rng& rng,
                           telemetry::Logger& logger)
    : targets_(targets),
      upstream_(upstream),
      timers_(timers),
      clock_(clock),
      rng_(rng),
      logger_(logger),
      max_per_provider_(max_per_provider) {}

HealthProber::~HealthProber() = default;

void HealthProber::Start() {
  for (uint32_t i = 0; i < targets_.size(); ++i) {
    const TargetState& target = *targets_[i];
    if (!target.options().health_probe.enabled || !target.available()) continue;
    probes_.push_back(std::make_unique<Probe>(*this, i));
    probes_.back()->Schedule(Scaled(target.options().health_probe.interval, rng_.NextUnit()));
  }
}

void HealthProber::Stop() {
  probes_.clear();
  gates_.clear();
}

}  // namespace portcullis::router
