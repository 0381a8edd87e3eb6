// The record of somebody's reading the audit log: who, from where, by which question. An outcome without an
// intent, written before anything is shown.
//
// Who: `principal` and `client_address` as who asks says, and in its finding `rule`, whom the service itself
// sees ("peer:..."). What: `reason_code` is "operator.read_" and the kind of the question, the finding's
// reason its QueryJson. Names of people do not stand there, so that an erasure removes them wholly: the
// values of `user`, `principal` and `text` are "*", and `target` is "sha256:" and the SHA-256, in hex, of the
// record's request id, a newline and the whole QueryJson, for whoever knows the name to check. As a trace of
// an operator it is itself not removed by query.
#pragma once

#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "services/audit/api/query.h"
#include "services/audit/api/record.h"

namespace portcullis::audit {

// What the records of operations on the log itself have in `endpoint` and as their findings' policy.
inline constexpr std::string_view kLogEndpoint = "/audit";
inline constexpr std::string_view kLogPolicy = "audit-log";

// The kind of a read of captured content, which is always recorded.
inline constexpr std::string_view kContentRead = "content";

// A new request's record of now. `kind`: "records", "stats", "log", kContentRead.
Record ReadRecord(std::string_view kind, const Query& query, const base::Clock& clock, base::Rng& rng);

// What `target` of a record says of the thing that was selected.
std::string SelectionDigest(std::string_view request_id, std::string_view selected);

}  // namespace portcullis::audit
