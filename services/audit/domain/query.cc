#include "services/audit/domain/query.h"

#include <algorithm>
#include <array>

#include "libs/base/strings.h"
#include "services/audit/domain/merge.h"

namespace portcullis::audit {
namespace {

constexpr std::array<std::string_view, 5> kVerdicts = {"allow", "redact", "escalate", "block", "error"};

}  // namespace

absl::Status Validate(const Query& query) {
  if (query.limit < 1 || query.limit > kMaxQueryLimit) {
    return absl::InvalidArgumentError(
        base::StrCat("limit is ", query.limit, "; 1 to ", kMaxQueryLimit, " are allowed"));
  }
  if (query.since_us < 0 || query.until_us < 0) {
    return absl::InvalidArgumentError("since and until cannot be before 1970");
  }
  if (query.until_us != 0 && query.until_us <= query.since_us) {
    return absl::InvalidArgumentError("until must be later than since");
  }
  if (!query.verdict.empty() &&
      std::find(kVerdicts.begin(), kVerdicts.end(), query.verdict) == kVerdicts.end()) {
    return absl::InvalidArgumentError("verdict must be allow, redact, escalate, block or error");
  }
  if (query.request_id.size() > kMaxQueryText || query.tenant.size() > kMaxQueryText) {
    return absl::InvalidArgumentError(
        base::StrCat("request_id and tenant may have ", kMaxQueryText, " bytes at most"));
  }
  return absl::OkStatus();
}

bool Selects(const Query& query, const Record& record) {
  const int64_t time = EventTime(record);
  return time >= query.since_us && (query.until_us == 0 || time < query.until_us) &&
         (query.verdict.empty() || query.verdict == record.verdict) &&
         (query.request_id.empty() || query.request_id == record.request_id) &&
         (query.tenant.empty() || query.tenant == record.tenant);
}

}  // namespace portcullis::audit
