// Signed heads and proofs as JSON, for files that people keep and compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/domain/log_head.h"
#include "services/audit/domain/proofs.h"

namespace portcullis::audit {

// {"log_id": ..., "size": ..., "root": ..., "time_us": ..., "key_id": ..., "signature": ...}; hashes and the
// signature in hex. One object over several lines.
std::string HeadJson(const LogHead& head);

// The same on one line, for files of many.
std::string HeadJsonLine(const LogHead& head);

// One head as HeadJson writes it, or many as HeadJsonLine does. INVALID_ARGUMENT: neither.
absl::StatusOr<std::vector<LogHead>> ParseHeads(std::string_view text);

// {"receipt": ..., "leaf_index": ..., "inclusion_path": [...], "head": {...}}
std::string ProofJson(const InclusionProof& proof);

// {"first_size": ..., "first_root": ..., "consistency_path": [...], "head": {...}}
std::string ProofJson(const ConsistencyProof& proof);

}  // namespace portcullis::audit
