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

// Gathers a page of the records of calls with a provider, of one model unless it is "", out of answers of the
// audit service, newest first. Asks for as many records as the page has, and only when others (pre-checks,
// refusals) lay between, for more: at most kMaxScanned in all.
class UsageScan {
 public:
  static constexpr uint64_t kMaxScanned = 20'000;
  static constexpr uint64_t kMaxQuestion = 10'000;  // what the audit service answers at once

  UsageScan(std::string model, uint64_t offset, uint64_t limit);

  // How many records to ask for; 0: the page is complete, or no further record may be looked at.
  uint32_t next_question() const { return next_; }
  // The row after which they lie; 0 = from the newest on.
  uint64_t last_row() const { return last_row_; }
  // The answer.
  void Take(std::vector<audit::StoredRecord> records);

  const std::vector<audit::StoredRecord>& found() const { return found_; }

 private:
  const std::string model_;
  const uint64_t limit_;
  uint64_t skip_;
  uint64_t left_ = kMaxScanned;
  uint64_t last_row_ = 0;
  uint32_t next_ = 0;
  std::vector<audit::StoredRecord> found_;
};

// How many records of such calls there are.
uint64_t UsageCount(const audit::Stats& stats, std::string_view model,
                    const std::vector<AxonFlowTarget>& targets);
std::string UsageRecords(const std::vector<audit::StoredRecord>& records, uint64_t total);

}  // namespace portcullis::edge
