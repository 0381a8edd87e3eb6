// Whether reads of a log are recorded, for those who read its files without a configuration at hand: a file
// in the state folder says so. And the record that they leave.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/audit/api/query.h"

namespace portcullis::audit {

// Makes the file, or removes it.
absl::Status MarkReads(const std::filesystem::path& state_dir, bool recorded);

bool ReadsAreRecorded(const std::filesystem::path& state_dir);

// Who reads the log's files.
struct LocalReader {
  std::filesystem::path state_dir;  // where the records of reads go
  std::string name;                 // "operator:anna"
  bool all = false;                 // each read is recorded; else those of content alone
};

// Whoever runs a command under this login name. All reads are recorded if `recorded` or the state folder says
// so.
LocalReader LocalReaderOf(const std::filesystem::path& state_dir, std::string_view login, bool recorded);

// Writes the record of a read of the log's files (ReadRecord, domain/read_record.h) into a spool of the state
// folder, from where the process that runs there, or the next one, ships it; OK without one where reads of
// this kind are not recorded. INVALID_ARGUMENT: the query is none (Validate). PERMISSION_DENIED: the record
// could not be written, and nothing may be read.
absl::Status NoteLocalRead(const LocalReader& reader, std::string_view kind, Query query,
                           const base::Clock& clock);

}  // namespace portcullis::audit
