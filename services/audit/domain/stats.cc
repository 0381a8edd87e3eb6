#include "services/audit/domain/stats.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "absl/time/time.h"
#include "libs/base/strings.h"
#include "services/audit/api/leaf_index.h"

namespace portcullis::audit {
namespace {

constexpr size_t kMaxExact = 65'536;
constexpr int kStepBits = 6;  // buckets per power of two: 2^6
constexpr int64_t kHourUs = int64_t{3600} * 1'000'000, kDayUs = 24 * kHourUs;
constexpr size_t kBuckets = (32 - kStepBits + 1) << kStepBits;

size_t BucketOf(uint32_t value) {
  if (value < (1u << kStepBits)) return value;
  const int shift = std::bit_width(value) - 1 - kStepBits;
  return (static_cast<size_t>(shift) << kStepBits) + (value >> shift);
}

// The greatest value of a bucket.
uint32_t BucketEnd(size_t bucket) {
  if (bucket < (size_t{2} << kStepBits)) return static_cast<uint32_t>(bucket);
  const int shift = static_cast<int>(bucket >> kStepBits) - 1;
  const uint64_t top = bucket - (static_cast<size_t>(shift) << kStepBits);
  return static_cast<uint32_t>(((top + 1) << shift) - 1);
}

uint64_t Positive(int64_t number) { return static_cast<uint64_t>(std::max<int64_t>(number, 0)); }

}  // namespace

absl::StatusOr<Grouping> FindGrouping(std::string_view name) {
  if (name == "status") return Grouping{Grouping::Kind::kStatus, 0};
  if (name == "hour") return Grouping{Grouping::Kind::kHour, 0};
  if (name == "day") return Grouping{Grouping::Kind::kDay, 0};
  std::string known;
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    if (kDimensions[i].name == name) return Grouping{Grouping::Kind::kDimension, i};
    known += base::StrCat(kDimensions[i].name, ", ");
  }
  return absl::InvalidArgumentError(
      base::StrCat("by: '", name.substr(0, 64), "' is unknown; use ", known, "status, hour or day"));
}

int64_t PeriodOf(Grouping::Kind kind, int64_t time_us) {
  return time_us / (kind == Grouping::Kind::kDay ? kDayUs : kHourUs);
}

std::string PeriodText(Grouping::Kind kind, int64_t period) {
  const bool day = kind == Grouping::Kind::kDay;
  return absl::FormatTime(day ? "%Y-%m-%d" : "%Y-%m-%dT%H",
                          absl::FromUnixMicros(period * (day ? kDayUs : kHourUs)), absl::UTCTimeZone());
}

void Quantiles::Add(uint32_t value) {
  ++count_;
  if (!buckets_.empty()) {
    ++buckets_[BucketOf(value)];
    return;
  }
  values_.push_back(value);
  if (values_.size() > kMaxExact) ToBuckets();
}

void Quantiles::Add(const Quantiles& other) {
  for (const uint32_t value : other.values_) Add(value);
  if (other.buckets_.empty()) return;
  if (buckets_.empty()) ToBuckets();
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
}

void Quantiles::ToBuckets() {
  buckets_.resize(kBuckets);
  for (const uint32_t value : values_) ++buckets_[BucketOf(value)];
  values_ = {};
}

uint32_t Quantiles::At(double share) {
  if (count_ == 0) return 0;
  const uint64_t rank =
      std::clamp<uint64_t>(static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_))), 1, count_);
  if (buckets_.empty()) {
    const auto at = values_.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(values_.begin(), at, values_.end());
    return *at;
  }
  uint64_t seen = 0;
  size_t bucket = 0;
  while ((seen += buckets_[bucket]) < rank) ++bucket;
  return BucketEnd(bucket);
}

void GroupFigures::Add(int64_t prompt_tokens, int64_t completion_tokens, int64_t cost_nano_usd,
                       int64_t total_us) {
  ++records_;
  prompt_tokens_ += Positive(prompt_tokens);
  completion_tokens_ += Positive(completion_tokens);
  if (cost_nano_usd == kCostUnknown) {
    ++cost_unknown_;
  } else {
    cost_nano_usd_ += cost_nano_usd;
  }
  if (total_us > 0) {
    total_us_.Add(static_cast<uint32_t>(std::min<int64_t>(total_us, std::numeric_limits<uint32_t>::max())));
  }
}

void GroupFigures::Add(const GroupFigures& other) {
  records_ += other.records_;
  prompt_tokens_ += other.prompt_tokens_;
  completion_tokens_ += other.completion_tokens_;
  cost_nano_usd_ += other.cost_nano_usd_;
  cost_unknown_ += other.cost_unknown_;
  total_us_.Add(other.total_us_);
}

StatsGroup GroupFigures::Finish(std::vector<std::string> values) {
  StatsGroup group;
  group.values = std::move(values);
  group.records = records_;
  group.prompt_tokens = prompt_tokens_;
  group.completion_tokens = completion_tokens_;
  group.cost_usd = static_cast<double>(cost_nano_usd_) / 1e9;
  group.cost_unknown = cost_unknown_;
  group.p50_us = total_us_.At(0.5);
  group.p95_us = total_us_.At(0.95);
  return group;
}

}  // namespace portcullis::audit
