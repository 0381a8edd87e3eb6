// What can be asked of the audit log: records, and figures over them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/audit/api/record.h"

namespace portcullis::audit {

// Who asks, for the record that a question leaves in the log where reads are recorded.
struct Asker {
  std::string principal;  // as who asks says: "operator:anna", or the caller of an API
  std::string address;    // of that caller, without port
  std::string
      peer;  // whom the audit service itself sees: a certificate's first name, else an address without port
  bool recorded = false;  // a further page of a question that has its record
};

// Selects logical records. Empty fields select everything.
struct Query {
  int64_t since_us = 0;  // inclusive
  int64_t until_us = 0;  // exclusive; 0 = no end
  std::string verdict;
  std::string request_id;
  std::string tenant;
  uint64_t after = 0;  // keyset paging: records with a greater row number only
  bool newest_first = false;
  uint32_t limit = 100;  // 1..10000

  std::string user;
  std::string principal;
  std::string outcome;
  std::string policy;  // that decided
  std::string reason;  // its code, whole
  std::string target;
  std::string provider;
  std::string model;  // as the client asked for it
  std::string endpoint;
  std::string
      text;  // part of the reason code, or of the policy, rule or reason of a finding; ASCII case ignored
  std::optional<double> min_cost_usd;  // inclusive; records of unknown cost are not selected
  std::optional<double> max_cost_usd;

  Asker asker;  // no part of the selection
};

// A field that records are selected and grouped by.
struct Dimension {
  std::string_view name;
  std::string Record::*record;
  std::string Query::*query;
};

// Their order is that of the columns of stores: add at the end.
inline constexpr std::array<Dimension, 11> kDimensions = {{
    {"tenant", &Record::tenant, &Query::tenant},
    {"user", &Record::user, &Query::user},
    {"principal", &Record::principal, &Query::principal},
    {"verdict", &Record::verdict, &Query::verdict},
    {"outcome", &Record::outcome, &Query::outcome},
    {"policy", &Record::policy, &Query::policy},
    {"reason", &Record::reason_code, &Query::reason},
    {"target", &Record::target, &Query::target},
    {"provider", &Record::provider, &Query::provider},
    {"model", &Record::model, &Query::model},
    {"endpoint", &Record::endpoint, &Query::endpoint},
}};

// Figures over the records that a query selects; its paging does not count.
struct StatsQuery {
  Query query;
  std::vector<std::string> by;  // up to 3: names of dimensions, "status", "hour", "day"; none = one group
  uint32_t limit = 100;         // groups, 1..10000: those with the most records
};

struct StatsGroup {
  std::vector<std::string> values;  // in the order of `by`; hours and days as "2026-01-31T12", "2026-01-31"
  uint64_t records = 0;
  uint64_t prompt_tokens = 0;
  uint64_t completion_tokens = 0;
  double cost_usd = 0;
  uint64_t cost_unknown = 0;  // records whose cost is not known
  // Of the time from arrival to the end of the answer, over the records that have it. Exact for groups of up
  // to 65,536 of those, else at most 1.6 % too high.
  uint64_t p50_us = 0;
  uint64_t p95_us = 0;
};

struct Stats {
  std::vector<StatsGroup> groups;  // most records first
  uint64_t groups_found = 0;       // before the limit
  StatsGroup total;                // over all groups, without values
};

}  // namespace portcullis::audit
