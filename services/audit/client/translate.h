// Between the plain types of the audit interface and the messages of portcullis.audit.v1. What comes from the
// network is checked here: INVALID_ARGUMENT names the field.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "portcullis/audit/v1/audit_service.pb.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit {

inline constexpr int kMaxLeavesPerRequest = 4096;
inline constexpr size_t kMaxRequestBytes = size_t{4} << 20;  // of an AppendRequest, encoded
inline constexpr size_t kMaxRecordBytes = size_t{1} << 20;   // of a leaf

// Leaves of an AppendRequest.
absl::StatusOr<std::vector<Leaf>> FromProto(v1::AppendRequest request);

// Leaves as requests, each within the limits and of one spool, in the order of the leaves.
std::vector<v1::AppendRequest> ToProto(std::vector<Leaf> leaves);

// The query of a FindRequest, without its limits being checked by the domain's rules. A limit of 0 becomes
// 100.
absl::StatusOr<Query> FromProto(const v1::FindRequest& request);
v1::FindRequest ToProto(const Query& query);

// The same for figures.
absl::StatusOr<StatsQuery> FromProto(const v1::StatsRequest& request);
v1::StatsRequest ToProto(const StatsQuery& query);
Stats FromProto(const v1::StatsResponse& response);
v1::StatsResponse ToProto(const Stats& stats);

Query FromProto(const v1::ReadContentRequest& request);
v1::ReadContentRequest ToContentProto(const Query& query);
absl::StatusOr<std::vector<RecordContents>> FromProto(v1::ReadContentResponse response);
v1::ReadContentResponse ToProto(std::vector<RecordContents> records);

absl::StatusOr<StoredRecord> FromProto(const v1::StoredRecord& record);
v1::StoredRecord ToProto(const StoredRecord& record);

}  // namespace portcullis::audit
