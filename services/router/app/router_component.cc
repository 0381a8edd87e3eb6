#include "services/router/app/router_component.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdlib>
#include <string>
#include <unordered_set>
#include <utility>

#include "libs/base/rng.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/runtime/worker.h"
#include "services/router/adapters/redis/redis_cooldowns.h"
#include "services/router/adapters/upstream/asio_timers.h"
#include "services/router/adapters/upstream/curl_upstream.h"
#include "services/router/adapters/weights/weights_file.h"
#include "services/router/app/router_metrics.h"
#include "services/router/app/shared_state.h"
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
  if (!(target.weight > 0)) return Invalid(target, "weight must be above 0");
  for (const TargetKey& key : target.keys) {
    if (key.value.empty() || key.value.find_first_of("\r\n") != std::string::npos || !(key.weight > 0)) {
      return Invalid(target, base::StrCat("the key from ", key.source,
                                          " must be one line, not empty, with a weight above 0"));
    }
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
  if (!options.shared_state.redis.empty() && options.shared_state.redis.find(':') == std::string::npos) {
    return absl::InvalidArgumentError("shared_state: redis must be host:port");
  }
  if (options.limits.max_in_flight == 0)
    return absl::InvalidArgumentError("limits: max_in_flight must be above 0");
  std::unordered_set<std::string> ids;
  for (const TargetOptions& target : options.targets) {
    if (target.id.empty()) return absl::InvalidArgumentError("a target has no id");
    if (!ids.insert(target.id).second) return Invalid(target, "the id is used twice; ids must differ");
    RETURN_IF_ERROR(CheckTarget(target));
  }
  const AbTestOptions& test = options.ab_test;
  if (test.enabled && test.variants.empty())
    return absl::InvalidArgumentError("ab_test: there is no variant");
  for (const AbVariant& variant : test.variants) {
    if (ids.count(variant.target) == 0 || !(variant.weight > 0)) {
      return absl::InvalidArgumentError(base::StrCat("ab_test: the variant \"", variant.target,
                                                     "\" must be the id of a target, with a weight above 0"));
    }
  }
  if (options.mirror.enabled && ids.count(options.mirror.target) == 0) {
    return absl::InvalidArgumentError("mirror: mirror_target must be the id of a target");
  }
  if (options.max_probes_per_provider == 0) {
    return absl::InvalidArgumentError("max_probes_per_provider must be above 0");
  }
  return absl::OkStatus();
}

const char* StrategyName(Strategy strategy) {
  switch (strategy) {
    case Strategy::kSingle:
      return "single";
    case Strategy::kOrdered:
      return "fallback";
    case Strategy::kLatency:
      return "latency";
    case Strategy::kRoundRobin:
      return "round_robin";
    case Strategy::kWeightedRoundRobin:
      return "weighted_round_robin";
    case Strategy::kLeastBusy:
      return "least_busy";
    case Strategy::kCost:
      return "cost";
    case Strategy::kRandom:
      return "random";
  }
  return "unknown";
}

}  // namespace

// Everything of one worker. Made and destroyed while the worker does not use it.
class RouterComponent::WorkerRouter {
 public:
  WorkerRouter(runtime::Worker& worker, const RouterComponent& component)
      : worker_(worker),
        timers_(worker.io()),
        upstream_(worker.io(), component.clock_, component.options_),
        router_(*component.routing_, component.instruments_, upstream_, timers_, component.clock_, rng_,
                component.logger_, component.tracing_),
        prober_(component.targets_, component.options_.max_probes_per_provider, upstream_, timers_,
                component.clock_, rng_, component.logger_) {}

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

absl::StatusOr<std::unique_ptr<RouterComponent>> RouterComponent::Create(
    RouterOptions options, const base::Clock& clock, telemetry::Metrics& metrics, telemetry::Logger& logger,
    const RouterMemory& memory, telemetry::Tracing tracing) {
  RETURN_IF_ERROR(CheckOptions(options));
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return absl::InternalError("libcurl could not be initialised");
  }
  return std::unique_ptr<RouterComponent>(
      new RouterComponent(std::move(options), clock, metrics, logger, memory, tracing));
}

RouterComponent::RouterComponent(RouterOptions options, const base::Clock& clock, telemetry::Metrics& metrics,
                                 telemetry::Logger& logger, const RouterMemory& memory,
                                 telemetry::Tracing tracing)
    : options_(std::move(options)), clock_(clock), metrics_(metrics), logger_(logger), tracing_(tracing) {
  for (const TargetOptions& target : options_.targets) {
    const auto known = memory.find(target.id);
    targets_.push_back(MakeTarget(target, known == memory.end() ? TargetMemory{} : known->second));
  }
  routing_ = std::make_unique<RoutingTable>(options_, targets_);
  weights_ = ConfiguredWeights();
  TakeKeptWeights();
  instruments_ = MakeRouterInstruments(metrics, options_.mirror);
  if (!options_.shared_state.redis.empty()) ShareCooldowns();
  logger_.Info("routing", {{"strategy", StrategyName(options_.strategy)},
                           {"targets", options_.targets.size()},
                           {"groups", options_.groups.size()},
                           {"experiment", options_.ab_test.enabled},
                           {"hedging", options_.hedge.enabled},
                           {"mirror", options_.mirror.enabled ? options_.mirror.target : ""},
                           {"shared_state", options_.shared_state.redis}});
}

RouterComponent::~RouterComponent() = default;

void RouterComponent::ShareCooldowns() {
  const SharedStateOptions& shared = options_.shared_state;
  RedisCooldownsOptions options;
  options.address = AddressOf(shared);
  options.prefix = shared.prefix;
  options.interval = shared.interval;
  options.timeout = shared.timeout;
  shared_ = std::make_unique<RedisCooldowns>(std::move(options), targets_, clock_,
                                             MakeRedisInstruments(metrics_), logger_);
  for (uint32_t i = 0; i < targets_.size(); ++i) targets_[i]->ShareCooldowns(i, shared_->share());
  shared_->Start();
}

std::unique_ptr<TargetState> RouterComponent::MakeTarget(const TargetOptions& options,
                                                         const TargetMemory& memory) {
  const std::string id = options.id;
  telemetry::Gauge& gauge = metrics_.AddGauge(kCircuitState, {{"target", id}});
  auto on_transition = [id, description = options.description, &gauge,
                        this](const CircuitBreaker::Transition& transition) {
    gauge.Set(static_cast<double>(transition.to));
    const std::string from(CircuitStateName(transition.from));
    const std::string to(CircuitStateName(transition.to));
    metrics_.AddCounter(kCircuitTransitions, {{"target", id}, {"from", from}, {"to", to}}).Add();
    const bool bad = transition.to == CircuitState::kOpen;
    logger_.Log(bad ? telemetry::LogLevel::kWarning : telemetry::LogLevel::kInfo, "circuit changed",
                {{"target", id},
                 {"from", from},
                 {"to", to},
                 {"cause", transition.cause},
                 {"open_seconds", std::chrono::duration<double>(transition.open_for).count()},
                 {"description", description}});
  };
  auto state = std::make_unique<TargetState>(options, options_, clock_, std::move(on_transition),
                                             MakeTargetInstruments(metrics_, id), memory);
  gauge.Set(static_cast<double>(state->circuit().state()));
  state->set_drained(memory.drained);
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

RouterMemory RouterComponent::Memory() const {
  RouterMemory memory;
  for (const auto& target : targets_) memory.emplace(target->options().id, target->Memory());
  return memory;
}

std::vector<TargetStatus> RouterComponent::TargetsNow() const {
  return routing_->Statuses(clock_.Monotonic());
}

absl::Status RouterComponent::Control(std::string_view target, TargetAction action, const OperatorCall& by) {
  const auto found = std::find_if(targets_.begin(), targets_.end(),
                                  [target](const auto& state) { return state->options().id == target; });
  if (found == targets_.end()) {
    return absl::NotFoundError(base::StrCat("there is no target \"", target, "\""));
  }
  TargetState& state = **found;
  logger_.Warning("target changed by an operator", {{"target", target},
                                                    {"action", TargetActionName(action)},
                                                    {"user", by.user},
                                                    {"address", by.address},
                                                    {"endpoint", by.endpoint},
                                                    {"description", state.options().description}});
  switch (action) {
    case TargetAction::kDrain:
    case TargetAction::kUndrain:
      state.set_drained(action == TargetAction::kDrain);
      break;
    case TargetAction::kForceOpen:
      state.circuit().Force(CircuitForce::kOpen);
      break;
    case TargetAction::kForceClosed:
      state.circuit().Force(CircuitForce::kClosed);
      break;
    case TargetAction::kReleaseCircuit:
      state.circuit().Force(CircuitForce::kNone);
      break;
  }
  return absl::OkStatus();
}

uint32_t RouterComponent::InFlight() const {
  std::lock_guard lock(mutex_);
  uint32_t total = 0;
  for (const auto& router : routers_) total += router->router().in_flight();
  return total;
}

}  // namespace portcullis::router
