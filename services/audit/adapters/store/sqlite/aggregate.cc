#include "services/audit/adapters/store/sqlite/aggregate.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sqlite/record_row.h"
#include "services/audit/adapters/store/sqlite/record_scan.h"
#include "services/audit/domain/query.h"
#include "services/audit/domain/stats.h"

namespace portcullis::audit::sqlite {
namespace {

using GroupKey = std::array<int64_t, kMaxGroupings>;

struct KeyHash {
  size_t operator()(const GroupKey& key) const {
    uint64_t hash = 0;
    for (const int64_t part : key) hash = (hash ^ static_cast<uint64_t>(part)) * 0x9e3779b97f4a7c15;
    return hash ^ (hash >> 32);
  }
};

using Groups = std::unordered_map<GroupKey, GroupFigures, KeyHash>;
using Group = Groups::value_type;

// Columns: what is added up, then one for each grouping.
std::string Columns(const std::vector<Grouping>& by) {
  std::string columns = "prompt_tokens, completion_tokens, cost_nano_usd, total_us";
  for (const Grouping& grouping : by) {
    switch (grouping.kind) {
      case Grouping::Kind::kDimension:
        columns += base::StrCat(", name_", NameColumn(grouping.dimension));
        break;
      case Grouping::Kind::kStatus:
        columns += ", http_status";
        break;
      case Grouping::Kind::kHour:
      case Grouping::Kind::kDay:
        columns += ", time_us";
        break;
    }
  }
  return columns;
}

GroupKey KeyOf(const Statement& row, const std::vector<Grouping>& by) {
  GroupKey key{};
  for (size_t i = 0; i < by.size(); ++i) {
    const int64_t value = row.Number(static_cast<int>(4 + i));
    const bool period = by[i].kind == Grouping::Kind::kHour || by[i].kind == Grouping::Kind::kDay;
    key[i] = period ? PeriodOf(by[i].kind, value) : value;
  }
  return key;
}

absl::StatusOr<Groups> Gather(Database& database, const Query& query, const std::vector<Grouping>& by) {
  Groups groups;
  Group* last = nullptr;  // most often the next record is of the same group
  RecordScan scan(database, query, Columns(by));
  const absl::Status status = scan.Run([&](const Statement& row) -> absl::Status {
    const GroupKey key = KeyOf(row, by);
    if (last == nullptr || last->first != key) {
      if (groups.size() == kMaxGroups && !groups.contains(key)) {
        return absl::ResourceExhaustedError(
            base::StrCat("more than ", kMaxGroups, " groups; ask for less time or by fewer fields"));
      }
      last = &*groups.try_emplace(key).first;
    }
    last->second.Add(row.Number(0), row.Number(1), row.Number(2), row.Number(3));
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(status);
  return groups;
}

absl::StatusOr<std::vector<std::string>> ValuesOf(const GroupKey& key, const std::vector<Grouping>& by,
                                                  Statement& name) {
  std::vector<std::string> values;
  for (size_t i = 0; i < by.size(); ++i) {
    switch (by[i].kind) {
      case Grouping::Kind::kDimension: {
        ASSIGN_OR_RETURN(std::string text, name.Bind(1, key[i]).RunForBytes());
        values.push_back(std::move(text));
        break;
      }
      case Grouping::Kind::kStatus:
        values.push_back(std::to_string(key[i]));
        break;
      case Grouping::Kind::kHour:
      case Grouping::Kind::kDay:
        values.push_back(PeriodText(by[i].kind, key[i]));
        break;
    }
  }
  return values;
}

}  // namespace

absl::StatusOr<Stats> Aggregate(Database& database, const StatsQuery& query) {
  std::vector<Grouping> by;
  for (const std::string& name : query.by) {
    ASSIGN_OR_RETURN(const Grouping grouping, FindGrouping(name));
    by.push_back(grouping);
  }
  Query records = query.query;
  records.after = 0;
  records.newest_first = false;
  ASSIGN_OR_RETURN(Groups groups, Gather(database, records, by));
  GroupFigures total;
  std::vector<Group*> order;
  for (Group& group : groups) {
    total.Add(group.second);
    order.push_back(&group);
  }
  // By number of records; groups of the same size by their key, so that the order is always the same.
  std::sort(order.begin(), order.end(), [](const Group* a, const Group* b) {
    return std::pair(b->second.records(), a->first) < std::pair(a->second.records(), b->first);
  });
  ASSIGN_OR_RETURN(Statement name, database.Prepare("SELECT text FROM names WHERE id = ?"));
  Stats stats;
  stats.groups_found = order.size();
  stats.total = total.Finish({});
  for (size_t i = 0; i < std::min<size_t>(order.size(), query.limit); ++i) {
    ASSIGN_OR_RETURN(std::vector<std::string> values, ValuesOf(order[i]->first, by, name));
    stats.groups.push_back(order[i]->second.Finish(std::move(values)));
  }
  return stats;
}

}  // namespace portcullis::audit::sqlite
