#include "services/audit/app/read_marker.h"

#include <cerrno>
#include <fstream>
#include <memory>
#include <system_error>

#include "libs/base/rng.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "libs/spool/writer.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/record_pipeline.h"
#include "services/audit/domain/query.h"
#include "services/audit/domain/read_record.h"

namespace portcullis::audit {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSpoolBytes = 1 << 20;  // one record fits many times

fs::path MarkerPath(const fs::path& state_dir) { return state_dir / "audit-reads-are-recorded"; }

absl::Status WriteRead(const fs::path& state_dir, std::string_view kind, const Query& query,
                       const base::Clock& clock) {
  const fs::path root = SpoolRoot(state_dir);
  RETURN_IF_ERROR(spool::MakeDirectories(root));
  spool::Budget budget(kSpoolBytes);
  ASSIGN_OR_RETURN(const std::unique_ptr<spool::Writer> writer,
                   spool::Writer::Create(root, {}, budget, nullptr, clock));
  base::SystemRng rng;
  std::string bytes;
  Encode(ReadRecord(kind, query, clock, rng), &bytes);
  return writer->Append(bytes).status();
}

}  // namespace

absl::Status MarkReads(const fs::path& state_dir, bool recorded) {
  const fs::path marker = MarkerPath(state_dir);
  std::error_code error;
  if (!recorded) {
    fs::remove(marker, error);
    return error ? spool::FileError("remove", marker, error.value()) : absl::OkStatus();
  }
  RETURN_IF_ERROR(spool::MakeDirectories(state_dir));
  std::ofstream file(marker);
  file << "Each read of this log is a record of it: policy.audit-logger.log_all_access.\n";
  file.close();
  return file ? absl::OkStatus() : spool::FileError("write", marker, errno);
}

bool ReadsAreRecorded(const fs::path& state_dir) {
  std::error_code ignored;
  return fs::exists(MarkerPath(state_dir), ignored);
}

LocalReader LocalReaderOf(const fs::path& state_dir, std::string_view login, bool recorded) {
  return {state_dir, base::StrCat(kOperatorPrincipal, login), recorded || ReadsAreRecorded(state_dir)};
}

absl::Status NoteLocalRead(const LocalReader& reader, std::string_view kind, Query query,
                           const base::Clock& clock) {
  if (!reader.all && kind != kContentRead) return absl::OkStatus();
  RETURN_IF_ERROR(Validate(query));
  query.asker.principal = reader.name;
  const absl::Status written = WriteRead(reader.state_dir, kind, query, clock);
  if (written.ok()) return written;
  return absl::PermissionDeniedError(base::StrCat(
      "this read is to be recorded (log_all_access, or it is of content), and the record could not be "
      "written: ",
      base::Message(written), "; read as the gateway's user, or through the audit service with --server"));
}

}  // namespace portcullis::audit
