// Figures over records, gathered group by group.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/api/query.h"

namespace portcullis::audit {

inline constexpr size_t kMaxGroups = 100'000;

// What StatsQuery::by can name.
struct Grouping {
  enum class Kind : uint8_t { kDimension, kStatus, kHour, kDay };
  Kind kind = Kind::kDimension;
  size_t dimension = 0;  // index into kDimensions
};

// INVALID_ARGUMENT lists the names that there are.
absl::StatusOr<Grouping> FindGrouping(std::string_view name);

// The value of a grouping by time: the number of the hour or day since 1970, and that as text.
int64_t PeriodOf(Grouping::Kind kind, int64_t time_us);
std::string PeriodText(Grouping::Kind kind, int64_t period);

// Numbers of which percentiles are wanted. Keeps up to 65,536 as they are; past that counts them in buckets
// whose width is at most 1/64 of their lower bound, so that a group of any size takes little memory.
class Quantiles {
 public:
  void Add(uint32_t value);
  void Add(const Quantiles& other);

  // The value at `share` (0..1) of the numbers in order (the smallest that at least that share does not
  // exceed); 0 if there are none. Orders what it keeps.
  uint32_t At(double share);

  uint64_t count() const { return count_; }

 private:
  void ToBuckets();

  uint64_t count_ = 0;
  std::vector<uint32_t> values_;   // until there are too many
  std::vector<uint64_t> buckets_;  // then
};

// The figures of one group.
class GroupFigures {
 public:
  // cost: kCostUnknown of api/leaf_index.h if it is not known. Numbers below 0 count as 0.
  void Add(int64_t prompt_tokens, int64_t completion_tokens, int64_t cost_nano_usd, int64_t total_us);
  void Add(const GroupFigures& other);

  StatsGroup Finish(std::vector<std::string> values);
  uint64_t records() const { return records_; }

 private:
  uint64_t records_ = 0;
  uint64_t prompt_tokens_ = 0;
  uint64_t completion_tokens_ = 0;
  int64_t cost_nano_usd_ = 0;
  uint64_t cost_unknown_ = 0;
  Quantiles total_us_;
};

}  // namespace portcullis::audit
