#include "services/audit/adapters/store/sql/aggregate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sql/record_row.h"
#include "services/audit/adapters/store/sql/record_scan.h"
#include "services/audit/domain/query.h"
#include "services/audit/domain/stats.h"

namespace portcullis::audit::sql {
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

bool IsPeriod(const Grouping& grouping) {
  return grouping.kind == Grouping::Kind::kHour || grouping.kind == Grouping::Kind::kDay;
}

// The column of a block that a grouping is by, and its name in the table.
size_t ColumnOf(const Grouping& grouping) {
  if (IsPeriod(grouping)) return kTimeColumn;
  return grouping.kind == Grouping::Kind::kStatus ? size_t{kStatusColumn} : grouping.dimension;
}

std::string ColumnName(const Grouping& grouping) {
  if (IsPeriod(grouping)) return "time_us";
  return grouping.kind == Grouping::Kind::kStatus ? std::string("http_status")
                                                  : base::StrCat("name_", NameColumn(grouping.dimension));
}

class Gatherer {
 public:
  explicit Gatherer(const std::vector<Grouping>& by) : by_(by) {}

  absl::StatusOr<Groups> Run(Database& database, const Query& query) {
    std::string columns = "prompt_tokens, completion_tokens, cost_nano_usd, total_us";
    for (const Grouping& grouping : by_) columns += ", " + ColumnName(grouping);
    RETURN_IF_ERROR(
        RecordScan(database, query, columns)
            .Run([this](BlockReader& block, const Places& places) { return AddBlock(block, places); },
                 [this](const Statement& row) { return AddRow(row); }));
    return std::move(groups_);
  }

 private:
  absl::Status AddRow(const Statement& row) {
    GroupKey key{};
    for (size_t i = 0; i < by_.size(); ++i) key[i] = PartOf(i, row.Number(static_cast<int>(5 + i)));
    return Add(key, row.Number(1), row.Number(2), row.Number(3), row.Number(4));
  }

  absl::Status AddBlock(BlockReader& block, const Places& places) {
    const ColumnValues* figures[4];
    const ColumnValues* parts[kMaxGroupings] = {};
    for (size_t i = 0; i < 4; ++i) {
      ASSIGN_OR_RETURN(figures[i], block.Column(kPromptColumn + i));
    }
    for (size_t i = 0; i < by_.size(); ++i) {
      ASSIGN_OR_RETURN(parts[i], block.Column(ColumnOf(by_[i])));
    }
    for (size_t word = 0; word < places.size(); ++word) {
      for (uint64_t left = places[word]; left != 0; left &= left - 1) {
        const size_t place = word * 64 + static_cast<size_t>(std::countr_zero(left));
        GroupKey key{};
        for (size_t i = 0; i < by_.size(); ++i) key[i] = PartOf(i, (*parts[i])[place]);
        RETURN_IF_ERROR(
            Add(key, (*figures[0])[place], (*figures[1])[place], (*figures[2])[place], (*figures[3])[place]));
      }
    }
    return absl::OkStatus();
  }

  int64_t PartOf(size_t grouping, int64_t value) const {
    return IsPeriod(by_[grouping]) ? PeriodOf(by_[grouping].kind, value) : value;
  }

  absl::Status Add(const GroupKey& key, int64_t prompt, int64_t completion, int64_t cost, int64_t total) {
    if (last_ == nullptr || last_->first != key) {
      if (groups_.size() == kMaxGroups && !groups_.contains(key)) {
        return absl::ResourceExhaustedError(
            base::StrCat("more than ", kMaxGroups, " groups; ask for less time or by fewer fields"));
      }
      last_ = &*groups_.try_emplace(key).first;
    }
    last_->second.Add(prompt, completion, cost, total);
    return absl::OkStatus();
  }

  static_assert(kCompletionColumn == kPromptColumn + 1 && kCostColumn == kPromptColumn + 2 &&
                kTotalColumn == kPromptColumn + 3);

  const std::vector<Grouping>& by_;
  Groups groups_;
  Group* last_ = nullptr;  // most often the next record is of the same group
};

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
  ASSIGN_OR_RETURN(Groups groups, Gatherer(by).Run(database, records));
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

}  // namespace portcullis::audit::sql
