#include "apps/process/axonflow_options.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/hex.h"
#include "services/router/app/price_book.h"

namespace portcullis::app {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kMaxKeyBytes = 4096;

absl::StatusOr<std::string> ContextKey(const std::optional<std::string>& file) {
  if (!file) return crypto::RandomHex(kKeyBytes);
  std::ifstream in(*file, std::ios::binary);
  std::string key{std::istreambuf_iterator<char>(in), {}};
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.size() >= kKeyBytes && key.size() <= kMaxKeyBytes) return key;
  return absl::FailedPreconditionError(
      base::StrCat("gateway.axonflow.context_key_file: ", *file, " holds ", key.size(), " bytes of key; ",
                   kKeyBytes, " to ", kMaxKeyBytes, " are needed: openssl rand -hex 32 > ", *file));
}

int64_t Seconds(std::chrono::milliseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

std::vector<edge::AxonFlowClient> Clients(const edge::AxonFlowSettings& settings) {
  std::vector<edge::AxonFlowClient> clients;
  for (const edge::AxonFlowClientSettings& from : settings.clients) {
    edge::AxonFlowClient& client = clients.emplace_back();
    client.id = from.id;
    crypto::FromHex(from.secret_sha256, client.secret_sha256);  // the configuration checked the digits
  }
  return clients;
}

}  // namespace

absl::StatusOr<std::optional<edge::AxonFlowOptions>> AxonFlowOptionsOf(const LoadedConfig& config) {
  const edge::AxonFlowSettings& settings = config.edge.axonflow;
  if (!settings.enabled) return std::nullopt;
  edge::AxonFlowOptions options;
  options.community = settings.deployment_mode == edge::DeploymentMode::kCommunity;
  options.clients = Clients(settings);
  ASSIGN_OR_RETURN(options.context_key, ContextKey(settings.context_key_file));
  options.context_ttl = std::chrono::duration_cast<std::chrono::seconds>(settings.context_ttl);
  options.facts.version = PORTCULLIS_VERSION;
  options.facts.deployment_mode = options.community ? "community" : "enterprise";
  return options;
}

edge::AxonFlowLive AxonFlowLiveOf(const LoadedConfig& config) {
  edge::AxonFlowLive live;
  for (const std::string& kind : config.chain.chain) {
    if (kind != "audit-logger") live.checks.push_back(kind);
  }
  for (const router::TargetOptions& target : config.router.targets) {
    live.targets.push_back({target.id, target.provider, target.ModelFor(""), target.base_url, target.weight,
                            target.priority, Seconds(target.timeout)});
  }
  const router::CircuitBreakerOptions& circuit = config.router.circuit_breaker;
  live.circuits = {circuit.failure_threshold, Seconds(circuit.error_rate_window),
                   Seconds(circuit.recovery_timeout), Seconds(circuit.max_recovery_timeout)};
  live.price = [prices = router::PriceBook(config.router.targets)](std::string_view provider,
                                                                   std::string_view model) {
    return prices.Find(provider, model);
  };
  return live;
}

}  // namespace portcullis::app
