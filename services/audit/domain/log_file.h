// The log as a file: what `portcullis audit export` writes and `portcullis audit verify` reads.
//
// Numbers are little-endian. "PCAUDIT1", the log's id (32 hex digits), then items, each after one byte that
// says what it is:
//   'L'  spool id (16), sequence (u64), hash (32), length (u32), bytes      a leaf
//   'R'  hash (32)                                                        a leaf that retention removed
//   'S'  leaves (u64), time (i64), key id (16), root (32), signature (64)   a signed head
//   'E'  leaves (u64), heads (u64)                                         the end; nothing follows
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/domain/log_head.h"
#include "services/audit/domain/log_store.h"
#include "services/audit/domain/log_verifier.h"

namespace portcullis::audit {

// Appends the file's parts to `out`.
void BeginLogFile(std::string_view log_id, std::string* out);
void AppendLogEntry(const LogEntry& entry, std::string* out);
void AppendLogHead(const LogHead& head, std::string* out);
void EndLogFile(uint64_t leaves, uint64_t heads, std::string* out);

// The id of the log in the file.
absl::StatusOr<std::string> LogIdOf(std::string_view file);

// Feeds the file to the verifier, to its end. INVALID_ARGUMENT names the first thing that is wrong.
absl::Status VerifyLogFile(std::string_view file, LogVerifier& verifier);

}  // namespace portcullis::audit
