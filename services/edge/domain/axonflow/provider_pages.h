// What AxonFlow's provider API tells of the targets: they are its providers, by their ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/edge/domain/axonflow/axonflow_live.h"
#include "services/edge/domain/axonflow/meters.h"
#include "services/edge/domain/axonflow/page_query.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

struct Providers {
  const std::vector<AxonFlowTarget>& targets;         // as configured
  const std::vector<router::TargetStatus>& statuses;  // as the router sees them now
  int64_t now_us = 0;
};

// {"error":{"code":...,"message":...,"details":[]}}: the envelope of this API.
std::string CodedErrorBody(std::string_view code, std::string_view message);

// GET /api/v1/llm-providers: by `type`, `enabled`, `page`, `page_size`. nullopt: a page that is no number.
std::optional<std::string> ProviderList(const Providers& providers, const PageQuery& query);

// Of one by its name; nullopt = there is none.
std::optional<std::string> ProviderPage(const Providers& providers, std::string_view name);
std::optional<std::string> ProviderHealth(const Providers& providers, std::string_view name);

// GET /api/v1/llm-providers/status, /routing, and /api/v1/llm-provider-types.
std::string ProviderStatuses(const Providers& providers);
std::string ProviderRouting(const Providers& providers);
std::string ProviderTypes(const Providers& providers);

// The answer of PUT /api/v1/providers/weights.
std::string ProviderWeights(const Providers& providers);

// The weights of all providers as shares of 100, not rounded.
router::TargetWeights Shares(const Providers& providers);

// GET /api/v1/providers/status: what this process asked of them.
std::string ProviderUses(const Providers& providers, const MeterFigures& figures);

// GET /api/v1/circuit-breaker/status: the circuits that are not closed.
std::string CircuitPage(const Providers& providers);

// GET /api/v1/circuit-breaker/history, by `limit`: the last openings of circuits, newest first. nullopt: a
// limit that is none.
std::optional<std::string> CircuitHistoryPage(const Providers& providers, const PageQuery& query);

// GET /api/v1/circuit-breaker/config: the same for every tenant.
std::string CircuitConfigPage(const AxonFlowLive& live, const PageQuery& query);

// GET /api/v1/pricing: of the targets' models, or of one model. nullopt: no price is known.
std::optional<std::string> PricingPage(const AxonFlowLive& live, const PageQuery& query);

}  // namespace portcullis::edge
