// Whether reads of a log are recorded, for those who read its files without a configuration at hand: a file
// in the state folder says so. And the record that they leave.
#pragma once

#include <filesystem>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/audit/api/query.h"

namespace portcullis::audit {

// Makes the file, or removes it.
absl::Status MarkReads(const std::filesystem::path& state_dir, bool recorded);

bool ReadsAreRecorded(const std::filesystem::path& state_dir);

// Writes the record of a read of the log's files (ReadRecord, domain/read_record.h) into a spool of the state
// folder, from where the process that runs there, or the next one, ships it. PERMISSION_DENIED: it could not
// be written, and nothing may be read.
absl::Status NoteLocalRead(const std::filesystem::path& state_dir, std::string_view kind, const Query& query,
                           const base::Clock& clock);

}  // namespace portcullis::audit
