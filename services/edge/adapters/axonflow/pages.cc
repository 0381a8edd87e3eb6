#include "services/edge/adapters/axonflow/pages.h"

#include <chrono>
#include <optional>
#include <utility>

#include "libs/base/strings.h"
#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/meter_pages.h"
#include "services/edge/domain/axonflow/provider_pages.h"
#include "services/edge/domain/axonflow/reports.h"

namespace portcullis::edge {

using boost::asio::awaitable;

namespace {

constexpr std::string_view kMetrics = "/metrics", kPrometheus = "/prometheus",
                           kProviders = "/api/v1/llm-providers", kProvider = "/api/v1/llm-providers/{name}",
                           kProviderHealth = "/api/v1/llm-providers/{name}/health",
                           kProviderStatus = "/api/v1/llm-providers/status",
                           kProviderRouting = "/api/v1/llm-providers/routing",
                           kProviderTypes = "/api/v1/llm-provider-types",
                           kProviderUses = "/api/v1/providers/status",
                           kProviderWeights = "/api/v1/providers/weights",
                           kCircuits = "/api/v1/circuit-breaker/status",
                           kCircuitHistory = "/api/v1/circuit-breaker/history",
                           kCircuitConfig = "/api/v1/circuit-breaker/config", kPricing = "/api/v1/pricing",
                           kAuditSearch = "/api/v1/audit/search", kAuditTenant = "/api/v1/audit/tenant/{id}",
                           kUsage = "/api/v1/usage", kBreakdown = "/api/v1/usage/breakdown",
                           kUsageRecords = "/api/v1/usage/records";

constexpr PageRoute kFixed[] = {
    {kMetrics, "GET"},
    {kPrometheus, "GET"},
    {kProviders, "GET"},
    {kProviderStatus, "GET"},
    {kProviderRouting, "GET, PUT"},
    {kProviderTypes, "GET"},
    {kProviderUses, "GET"},
    {kProviderWeights, "PUT"},
    {kCircuits, "GET"},
    {kCircuitHistory, "GET"},
    {kCircuitConfig, "GET"},
    {kPricing, "GET"},
    {kAuditSearch, "POST"},
    {kUsage, "GET"},
    {kBreakdown, "GET"},
    {kUsageRecords, "GET"},
};

constexpr std::string_view kProviderPrefix = "/api/v1/llm-providers/",
                           kTenantPrefix = "/api/v1/audit/tenant/", kHealthSuffix = "/health";
constexpr uint32_t kMaxGroups = 10'000;
constexpr uint64_t kMaxRecords = 100, kMaxOffset = 10'000;

// What a path names after a prefix and before a suffix.
std::string NameIn(std::string_view path, std::string_view prefix, std::string_view suffix = "") {
  path.remove_prefix(prefix.size());
  path.remove_suffix(suffix.size());
  return PercentDecoded(path, false);
}

Page Failed(int status, std::string_view code, std::string body) {
  Page page(status, std::move(body));
  page.code = code;
  return page;
}

Page NotThere(std::string_view what) { return Failed(404, "not_found", CodedErrorBody("NOT_FOUND", what)); }

Page Unavailable(const absl::Status& status) {
  return Failed(503, "unavailable", CostErrorBody(503, base::Message(status)));
}

Page BadQuery(std::string_view message) {
  return Failed(400, "invalid_request", CostErrorBody(400, message));
}

// Who reads the log by one of these pages, for the record of it: no principal of requests, so that what a
// caller reads is not among what the caller asked for.
std::string Reader(const PageRequest& request) { return base::StrCat("axonflow:", request.caller); }

Page NoRouter() {
  return Failed(503, "unavailable", CodedErrorBody("INTERNAL_ERROR", "the router cannot be reached"));
}

}  // namespace

PageRoute AxonFlowPages::RouteOf(std::string_view path) {
  for (const PageRoute& route : kFixed) {
    if (path == route.endpoint) return route;
  }
  if (path.starts_with(kTenantPrefix) && path.size() > kTenantPrefix.size()) return {kAuditTenant, "GET"};
  if (!path.starts_with(kProviderPrefix) || path.size() == kProviderPrefix.size()) return {};
  const bool health =
      path.ends_with(kHealthSuffix) && path.size() > kProviderPrefix.size() + kHealthSuffix.size();
  return {health ? kProviderHealth : kProvider, "GET"};
}

awaitable<Page> AxonFlowPages::Answer(PageRequest request) {
  const std::string_view endpoint = request.endpoint;
  if (endpoint == kMetrics) {
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(pipeline_.deps().clock.Monotonic() - started_);
    Page page(200, MetricsPage(figures_(), {NowMicros(), uptime.count()}));
    page.recorded = false;
    co_return page;
  }
  if (endpoint == kPrometheus) {
    Page page(200, PrometheusPage(figures_()));
    page.content_type = "text/plain; version=0.0.4; charset=utf-8";
    page.recorded = false;
    co_return page;
  }
  if (endpoint == kPricing) {
    std::optional<std::string> prices = PricingPage(pipeline_.live()->axonflow, PageQuery(request.query));
    if (!prices) co_return Failed(404, "not_found", CostErrorBody(404, "no price is known for this model"));
    co_return Page(200, *std::move(prices));
  }
  if (endpoint == kAuditSearch || endpoint == kAuditTenant) co_return co_await AnswerAudit(request);
  if (endpoint == kUsageRecords) co_return co_await AnswerUsageRecords(request);
  if (endpoint == kUsage || endpoint == kBreakdown) co_return co_await AnswerUsage(request);
  if (endpoint == kCircuitConfig) {
    co_return Page(200, CircuitConfigPage(pipeline_.live()->axonflow, PageQuery(request.query)));
  }
  if (request.method == "PUT") co_return co_await SetWeights(request);
  co_return co_await AnswerProviders(request);
}

awaitable<Page> AxonFlowPages::SetWeights(const PageRequest& request) {
  const bool fractions = request.endpoint == kProviderWeights;
  router::TargetWeights asked;
  if (const auto wrong = ReadWeightsBody(request.body, pipeline_.json_limits(), fractions, &asked)) {
    co_return Failed(400, "invalid_request", CodedErrorBody("VALIDATION_ERROR", *wrong));
  }
  const auto statuses = co_await pipeline_.Targets();
  if (!statuses.ok()) co_return NoRouter();
  const std::shared_ptr<const LiveSettings> live = pipeline_.live();
  router::TargetWeights weights = Shares({live->axonflow.targets, *statuses, NowMicros()});
  for (const auto& [name, weight] : asked) weights[name] = weight;
  router::OperatorCall by;
  by.user = request.caller;
  by.address = request.address;
  by.endpoint = request.endpoint;
  by.method = request.method;
  const auto executor = pipeline_.deps().executor;
  const auto set = co_await weights_.SetWeights(executor, std::move(weights), std::move(by));
  if (set.ok()) co_return co_await AnswerProviders(request);
  const std::string_view message = base::Message(set.status());
  if (absl::IsInvalidArgument(set.status()))
    co_return Failed(400, "invalid_request", CodedErrorBody("VALIDATION_ERROR", message));
  if (absl::IsFailedPrecondition(set.status()))
    co_return Failed(409, "conflict", CodedErrorBody("CONFLICT", message));
  co_return Failed(503, "unavailable", CodedErrorBody("INTERNAL_ERROR", message));
}

awaitable<Page> AxonFlowPages::AnswerProviders(const PageRequest& request) {
  const auto statuses = co_await pipeline_.Targets();
  if (!statuses.ok()) co_return NoRouter();
  const std::shared_ptr<const LiveSettings> live = pipeline_.live();
  const Providers providers{live->axonflow.targets, *statuses, NowMicros()};
  const PageQuery query(request.query);
  std::optional<std::string> body;
  if (request.endpoint == kProviders) {
    body = ProviderList(providers, query);
    if (!body) {
      co_return Failed(400, "invalid_request",
                       CodedErrorBody("VALIDATION_ERROR", "page must be 1 or more, page_size 1 to 100"));
    }
  } else if (request.endpoint == kProviderStatus) {
    body = ProviderStatuses(providers);
  } else if (request.endpoint == kProviderRouting) {
    body = ProviderRouting(providers);
  } else if (request.endpoint == kProviderWeights) {
    body = ProviderWeights(providers);
  } else if (request.endpoint == kProviderTypes) {
    body = ProviderTypes(providers);
  } else if (request.endpoint == kProviderUses) {
    body = ProviderUses(providers, figures_());
  } else if (request.endpoint == kCircuits) {
    body = CircuitPage(providers);
  } else if (request.endpoint == kCircuitHistory) {
    body = CircuitHistoryPage(providers, query);
    if (!body) co_return BadQuery("limit must be 1 to 1000");
  } else if (request.endpoint == kProviderHealth) {
    body = ProviderHealth(providers, NameIn(request.path, kProviderPrefix, kHealthSuffix));
  } else {
    body = ProviderPage(providers, NameIn(request.path, kProviderPrefix));
  }
  if (!body) co_return NotThere("there is no provider of this name; see GET /api/v1/llm-providers");
  co_return Page(200, *std::move(body));
}

awaitable<Page> AxonFlowPages::AnswerAudit(const PageRequest& request) {
  AuditSearchBody body;
  std::optional<std::string> wrong;
  if (request.endpoint == kAuditTenant) {
    const PageQuery query(request.query);
    const auto limit = query.Number("limit", 1, UINT32_MAX, 100),
               offset = query.Number("offset", 0, UINT32_MAX, 0);
    if (!limit || !offset) wrong = "limit and offset must be whole numbers";
    body.limit = limit.value_or(100);
    body.offset = offset.value_or(0);
    body.client_id = NameIn(request.path, kTenantPrefix);
  } else {
    wrong = ReadAuditSearchBody(request.body, pipeline_.json_limits(), &body);
  }
  AuditPage page;
  if (!wrong) wrong = ReadAuditPage(body, request.caller, request.community, &page);
  if (wrong) co_return Failed(400, "invalid_request", FailureBody(*wrong));
  if (page.nothing) co_return Page(200, AuditEntries(page, {}, 0));
  const auto executor = pipeline_.deps().executor;
  page.query.asker.principal = Reader(request);
  const auto records = co_await desk_.Find(executor, page.query);
  if (!records.ok()) co_return Unavailable(records.status());
  audit::StatsQuery counted;
  counted.query = page.query;
  const auto stats = co_await desk_.Aggregate(executor, std::move(counted));
  if (!stats.ok()) co_return Unavailable(stats.status());
  co_return Page(200, AuditEntries(page, *records, stats->total.records));
}

awaitable<Page> AxonFlowPages::AnswerUsage(const PageRequest& request) {
  const PageQuery query(request.query);
  const std::optional<UsagePeriod> period = PeriodOf(query.Text("period"), NowMicros());
  if (!period) co_return BadQuery("period must be daily, weekly, monthly, quarterly or yearly");
  const std::string group_by = query.Text("group_by").empty() ? "provider" : query.Text("group_by");
  std::optional<std::vector<std::string>> by = UsageGroups();
  if (request.endpoint == kBreakdown) by = BreakdownGroups(group_by);
  if (!by) {
    co_return BadQuery(
        "group_by must be provider, model, client, agent, team, org, tenant, user, day or hour");
  }
  audit::StatsQuery asked;
  asked.by = *by;
  asked.limit = kMaxGroups;
  asked.query.principal = request.caller;
  asked.query.asker.principal = Reader(request);
  asked.query.since_us = period->start_us;
  asked.query.until_us = period->end_us;
  const auto stats = co_await desk_.Aggregate(pipeline_.deps().executor, std::move(asked));
  if (!stats.ok()) co_return Unavailable(stats.status());
  if (request.endpoint == kUsage) co_return Page(200, UsageSummary(*period, *stats));
  co_return Page(200, UsageBreakdown(group_by, *period, *stats, pipeline_.live()->axonflow.targets));
}

awaitable<Page> AxonFlowPages::AnswerUsageRecords(const PageRequest& request) {
  const PageQuery query(request.query);
  const auto limit = query.Number("limit", 1, kMaxRecords, 50);
  const auto offset = query.Number("offset", 0, kMaxOffset, 0);
  if (!limit || !offset) co_return BadQuery("limit must be 1 to 100, offset 0 to 10000");
  const std::string model = query.Text("model");
  audit::Query asked;
  asked.principal = request.caller;
  asked.asker.principal = Reader(request);
  asked.provider = query.Text("provider");
  asked.newest_first = true;
  audit::StatsQuery counted;
  counted.by = UsageGroups();
  counted.limit = kMaxGroups;
  counted.query = asked;
  const auto executor = pipeline_.deps().executor;
  const auto stats = co_await desk_.Aggregate(executor, std::move(counted));
  if (!stats.ok()) co_return Unavailable(stats.status());
  const uint64_t total = UsageCount(*stats, model, pipeline_.live()->axonflow.targets);
  UsageScan scan(model, *offset, *limit);
  const bool beyond = model.empty() && total <= *offset;
  while (!beyond && scan.next_question() > 0) {
    asked.limit = scan.next_question();
    asked.after = scan.last_row();
    auto records = co_await desk_.Find(executor, asked);
    if (!records.ok()) co_return Unavailable(records.status());
    scan.Take(*std::move(records));
  }
  co_return Page(200, UsageRecords(scan.found(), total));
}

int64_t AxonFlowPages::NowMicros() const { return pipeline_.deps().clock.Now().time_since_epoch().count(); }

}  // namespace portcullis::edge
