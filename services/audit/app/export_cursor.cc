#include "services/audit/app/export_cursor.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

#include "libs/base/strings.h"
#include "libs/spool/files.h"

namespace portcullis::audit {
namespace {

constexpr std::string_view kMagic = "portcullis-audit-cursor-v1\n";

}  // namespace

ExportCursor::ExportCursor(std::filesystem::path file, std::string log_id, std::string destination)
    : file_(std::move(file)), log_id_(std::move(log_id)), destination_(std::move(destination)) {}

std::string ExportCursor::Head() const { return base::StrCat(kMagic, log_id_, "\n", destination_, "\n"); }

absl::StatusOr<uint64_t> ExportCursor::Read() const {
  std::ifstream in(file_, std::ios::binary);
  if (!in) {
    std::error_code error;
    if (!std::filesystem::exists(file_, error) && !error) return 0;
    return spool::FileError("read", file_, errno);
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string head = Head();
  if (text.starts_with(kMagic) && !text.starts_with(head)) return 0;
  uint64_t position = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with(head)) {
    const auto parsed = std::from_chars(text.data() + head.size(), end, position);
    if (parsed.ec == std::errc() && std::string_view(parsed.ptr, end) == "\n") return position;
  }
  return absl::FailedPreconditionError(base::StrCat(
      file_.native(), " does not say where the export stands; remove it to send all records again"));
}

absl::Status ExportCursor::Write(uint64_t position) const {
  return spool::ReplaceFile(file_, base::StrCat(Head(), position, "\n"));
}

}  // namespace portcullis::audit
