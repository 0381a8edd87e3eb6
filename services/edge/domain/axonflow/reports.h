// What AxonFlow's audit and cost APIs tell, from the audit log.
//
// Usage counts the records that have a provider: calls through the gateway and calls that clients reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/audit/api/audit_api.h"
#include "services/edge/domain/axonflow/axonflow_live.h"
#include "services/edge/domain/axonflow/bodies.h"
#include "services/edge/domain/axonflow/page_query.h"

namespace portcullis::edge {

// {"error":"Bad Request","message":...}: the envelope of the cost API.
std::string CostErrorBody(int status, std::string_view message);

struct AuditPage {
  audit::Query query;    // its limit reaches to the end of the page
  bool nothing = false;  // no record can be meant
  uint64_t limit = 100;
  uint64_t offset = 0;
};

// The page that a client asks for, of the records of `caller`; or what is wrong. In community mode the body's
// `client_id` may name the caller.
std::optional<std::string> ReadAuditPage(const AuditSearchBody& body, std::string_view caller, bool community,
                                         AuditPage* out);

// {"entries":[...],"total":...,"limit":...,"offset":...}
std::string AuditEntries(const AuditPage& page, const std::vector<audit::StoredRecord>& records,
                         uint64_t total);

struct UsagePeriod {
  std::string name;  // "daily", "weekly", "monthly", "quarterly", "yearly"
  int64_t start_us = 0;
  int64_t end_us = 0;
};

// The calendar period (UTC) of this name that holds `now`; weeks begin on Monday. "" is "monthly".
std::optional<UsagePeriod> PeriodOf(std::string_view name, int64_t now_us);

// What to group by for usage in total and for usage by a dimension of AxonFlow's ("provider", "model",
// "client", "agent", "team", "user", "tenant", "org", "day", "hour"); nullopt: no such dimension.
std::vector<std::string> UsageGroups();
std::optional<std::vector<std::string>> BreakdownGroups(std::string_view group_by);

std::string UsageSummary(const UsagePeriod& period, const audit::Stats& stats);
std::string UsageBreakdown(std::string_view group_by, const UsagePeriod& period, const audit::Stats& stats,
                           const std::vector<AxonFlowTarget>& targets);

// Whether a record is of a call with a provider, of this model unless it is "".
bool IsUsage(const audit::Record& record, std::string_view model);
// How many of such there are.
uint64_t UsageCount(const audit::Stats& stats, std::string_view model,
                    const std::vector<AxonFlowTarget>& targets);
std::string UsageRecords(const std::vector<audit::StoredRecord>& records, uint64_t total);

}  // namespace portcullis::edge
