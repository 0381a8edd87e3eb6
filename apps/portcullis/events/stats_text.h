// Figures over events as people and their tools see them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/audit/api/query.h"

namespace portcullis::events {

// {"by": [...], "groups": [{"<field>": ..., "records": ..., ...}], "groups_found": ..., "total": {...},
// "records_in_spools": ...}, one line. `pending`: records that are not in the figures yet.
std::string StatsJson(const audit::Stats& stats, const std::vector<std::string>& by, uint64_t pending);

// A table for a terminal; control characters become '?'. An empty value is "-".
std::string StatsTable(const audit::Stats& stats, const std::vector<std::string>& by, uint64_t pending);

}  // namespace portcullis::events
