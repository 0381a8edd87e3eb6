#include "services/router/app/router_component.h"

#include <curl/curl.h>

#include <array>
#include <boost/asio/post.hpp>
#include <string>
#include <unordered_set>
#include <utility>

#include "libs/base/rng.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/runtime/worker.h"
#include "services/router/adapters/upstream/asio_timers.h"
#include "services/router/adapters/upstream/curl_upstream.h"
#include "services/router/app/router_metrics.h"
#include "services/router/domain/health_prober.h"
#include "services/router/domain/router.h"

namespace portcullis::router {
namespace {

absl::Status Invalid(const TargetOptions& target, std::string_view problem) {
  return absl::InvalidArgumentError(base::StrCat("target \"", target.id, "\": ", problem));
}

absl::Status CheckTarget(const TargetOptions& target) {
  const std::string& url = target.base_url;
  if (url.rfind("http://", 0) != 0 && url.rfind("https://", 0) != 0) {
    return Invalid(target, base::StrCat("base_url \"", url, "\" must begin with http:// or https://"));
  }
  if (target.api_key.find_first_of("\r\n") != std::string::npos) {
    return Invalid(target, base::StrCat("the key from ", target.api_key_source,
                                        " contains a line break; remove it from the key's source"));
  }
  if (target.timeout.count() <= 0 || target.stream_timeout.count() <= 0 ||
      target.connect_timeout.count() <= 0) {
    return Invalid(target, "every time-out must be longer than 0");
  }
  const HealthProbeOptions& probe = target.health_probe;
  const bool probe_valid = probe.interval.count() > 0 && probe.timeout.count() > 0 &&
                           probe.unhealthy_threshold > 0 && probe.healthy_threshold > 0;
  if (probe.enabled && !probe_valid) return Invalid(target, "every figure of health_probe must be above 0");
  return absl::OkStatus();
}

absl::Status CheckOptions(const RouterOptions& options) {
  const CircuitBreakerOptions& circuit = options.circuit_breaker;
  if (circuit.enabled && (circuit.failure_threshold <= 0 || circuit.half_open_max_requests <= 0)) {
    return absl::InvalidArgumentError(
        "circuit_breaker: the threshold and the number of trials must be above 0");
  }
  if (options.retry.max_attempts <= 0 || options.retry.initial_backoff.count() < 0 ||
      options.retry.max_backoff < options.retry.initial_backoff) {
    return absl::InvalidArgumentError(
        "retry: max_attempts must be above 0, initial_backoff not negative, max_backoff not below "
        "initial_backoff");
  }
  if (options.limits.max_in_flight == 0)
    return absl::InvalidArgumentError("limits: max_in_flight must be above 0");
  std::unordered_set<std::string> ids;
  for (const TargetOptions& target : options.targets) {
    if (target.id.empty()) return absl::InvalidArgumentError("a target has no id");
    if (!ids.insert(target.id).second) return Invalid(target, "the id is used twice; ids must differ");
    RETURN_IF_ERROR(CheckTarget(target));
  }
  return absl::OkStatus();
}

}  // namespace

// Everything of one worker. Made and destroyed while the worker does not use it.
class RouterComponent::WorkerRouter {
 public:
  WorkerRouter(runtime::Worker& worker, const RouterComponent& component)
      : worker_(worker),
        timers_(worker.io()),
        upstream_(worker.io(), component.clock_, component.options_),
        router_(component.options_, component.targets_, upstream_, timers_, component.clock_, rng_),
        prober_(component.targets_, upstream_, timers_, component.clock_, rng_, component.logger_) {}

  bool IsOf(const runtime::Worker& worker) const { return &worker == &worker_; }
  Router& router() { return router_; }
  const Router& router() const { return router_; }

  void StartProbes() {
    boost::asio::post(worker_.io(), [this] { prober_.Start(); });
  }

  void Drain() {
    router_.Drain();
    boost::asio::post(worker_.io(), [this] { prober_.Stop(); });
  }

 private:
  runtime::Worker& worker_;
  base::SystemRng rng_;
  AsioTimers timers_;
  CurlUpstream upstream_;
  Router router_;
  HealthProber prober_;
};

absl::StatusOr<std::unique_ptr<RouterComponent>> RouterComponent::Create(RouterOptions options,
                                                                         const base::Clock& clock,
                                                                         telemetry::Metrics& metrics,
                                                                         telemetry::Logger& logger) {
  RETURN_IF_ERROR(CheckOptions(options));
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return absl::InternalError("libcurl could not be initialised");
  }
  return std::unique_ptr<RouterComponent>(new RouterComponent(std::move(options), clock, metrics, logger));
}

RouterComponent::RouterComponent(RouterOptions options, const base::Clock& clock, telemetry::Metrics& metrics,
                                 telemetry::Logger& logger)
    : options_(std::move(options)), clock_(clock), metrics_(metrics), logger_(logger) {
  for (const TargetOptions& target : options_.targets) targets_.push_back(MakeTarget(target));
}

RouterComponent::~RouterComponent() = default;

std::unique_ptr<TargetState> RouterComponent::MakeTarget(const TargetOptions& options) {
  const std::string id = options.id;
  telemetry::Gauge& gauge = metrics_.AddGauge(kCircuitState, {{"target", id}});
  gauge.Set(0);
  auto on_transition = [id, &gauge, this](const CircuitBreaker::Transition& transition) {
    gauge.Set(static_cast<double>(transition.to));
    const std::string from(CircuitStateName(transition.from));
    const std::string to(CircuitStateName(transition.to));
    metrics_.AddCounter(kCircuitTransitions, {{"target", id}, {"from", from}, {"to", to}}).Add();
    const bool bad = transition.to == CircuitState::kOpen;
    logger_.Log(bad ? telemetry::LogLevel::kWarning : telemetry::LogLevel::kInfo, "circuit changed",
                {{"target", id}, {"from", from}, {"to", to}, {"cause", transition.cause}});
  };
  auto state = std::make_unique<TargetState>(options, options_.circuit_breaker, clock_,
                                             std::move(on_transition), MakeTargetInstruments(metrics_, id));
  logger_.Info("target", {{"target", id},
                          {"provider", options.provider},
                          {"type", options.provider_type},
                          {"model", options.model},
                          {"description", options.description}});
  state->instruments().healthy->Set(state->available() ? 1 : 0);
  if (!state->available()) {
    logger_.Warning("target has no API key and is not used",
                    {{"target", id}, {"key", options.api_key_source}});
  }
  return state;
}

RouterApi& RouterComponent::ApiFor(runtime::Worker& worker) {
  std::lock_guard lock(mutex_);
  for (const auto& router : routers_) {
    if (router->IsOf(worker)) return router->router();
  }
  WorkerRouter& made = *routers_.emplace_back(std::make_unique<WorkerRouter>(worker, *this));
  if (draining_) {
    made.Drain();
  } else if (routers_.size() == 1) {
    made.StartProbes();
  }
  return made.router();
}

void RouterComponent::Drain() {
  std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& router : routers_) router->Drain();
}

uint32_t RouterComponent::InFlight() const {
  std::lock_guard lock(mutex_);
  uint32_t total = 0;
  for (const auto& router : routers_) total += router->router().in_flight();
  return total;
}

}  // namespace portcullis::router
