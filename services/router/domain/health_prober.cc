#include "services/router/domain/health_prober.h"

#include <chrono>
#include <utility>

namespace portcullis::router {
namespace {

base::Duration Scaled(base::Duration duration, double factor) {
  return base::Duration(static_cast<int64_t>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

// The endless series of probes of one target.
class HealthProber::Probe final : public UpstreamObserver {
 public:
  Probe(HealthProber& prober, uint32_t index)
      : prober_(prober), index_(index), target_(*prober.targets_[index]) {}

  ~Probe() override { ReportTrial(CircuitResult::kNeutral, ""); }

  void Schedule(double intervals) {
    timer_ = prober_.timers_.RunAfter(Scaled(target_.options().health_probe.interval, intervals),
                                      [this] { Send(); });
  }

 private:
  void Send() {
    if (target_.circuit().state() != CircuitState::kClosed) trial_ = target_.circuit().Admit();
    started_ = prober_.clock_.Monotonic();
    UpstreamRequest request;
    request.target = index_;
    request.path = UpstreamPath::kModels;
    request.timeout = target_.options().health_probe.timeout;
    attempt_ = prober_.upstream_.Start(std::move(request), *this);
  }

  void OnUpstreamHead(int, std::string_view) override {}
  void OnUpstreamData(std::string_view) override {}

  void OnUpstreamDone(UpstreamResult result) override {
    attempt_.reset();
    const std::chrono::duration<double> seconds = prober_.clock_.Monotonic() - started_;
    target_.instruments().probe_duration->Observe(seconds.count());
    const AttemptVerdict verdict = JudgeAttempt(result, target_.options(), /*deadline_cut=*/false);
    if (verdict.outcome == Outcome::kRateLimited) {
      ReportTrial(CircuitResult::kNeutral, "");
    } else {
      const bool good = verdict.outcome == Outcome::kOk;
      ReportTrial(good ? CircuitResult::kSuccess : CircuitResult::kFailure, verdict.cause);
      RecordHealth(good, verdict.message);
    }
    Schedule(0.9 + 0.2 * prober_.rng_.NextUnit());
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
      prober_.logger_.Info("target is healthy again", {{"target", target_.options().id}});
    } else {
      prober_.logger_.Warning("target is unhealthy", {{"target", target_.options().id}, {"cause", message}});
    }
  }

  HealthProber& prober_;
  const uint32_t index_;
  TargetState& target_;
  base::MonotonicTime started_{};
  std::optional<CircuitBreaker::Permit> trial_;
  std::unique_ptr<Timer> timer_;
  UpstreamAttemptPtr attempt_;
};

HealthProber::HealthProber(const TargetTable& targets, UpstreamPort& upstream, TimerPort& timers,
                           const base::Clock& clock, base::Rng& rng, telemetry::Logger& logger)
    : targets_(targets), upstream_(upstream), timers_(timers), clock_(clock), rng_(rng), logger_(logger) {}

HealthProber::~HealthProber() = default;

void HealthProber::Start() {
  for (uint32_t i = 0; i < targets_.size(); ++i) {
    const TargetState& target = *targets_[i];
    if (!target.options().health_probe.enabled || !target.available()) continue;
    probes_.push_back(std::make_unique<Probe>(*this, i));
    probes_.back()->Schedule(rng_.NextUnit());
  }
}

void HealthProber::Stop() { probes_.clear(); }

}  // namespace portcullis::router
