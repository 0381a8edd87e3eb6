// Signed heads and proofs as JSON, for files that people keep and compare.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/audit/api/leaf_hash.h"
#include "services/audit/domain/log_head.h"

namespace portcullis::audit_cli {

// {"log_id": ..., "size": ..., "root": ..., "time_us": ..., "key_id": ..., "signature": ...}; hashes and the
// signature in hex. One object over several lines, indented by `indent` spaces.
std::string HeadJson(const audit::LogHead& head, int indent = 0);

// INVALID_ARGUMENT: not what HeadJson writes.
absl::StatusOr<audit::LogHead> ParseHeadJson(std::string_view json);

std::string ProofJson(const audit::Receipt& receipt, uint64_t index, std::span<const crypto::Digest> path,
                      const audit::LogHead& head);

}  // namespace portcullis::audit_cli
