#include "apps/portcullis/output/file_output.h"

#include <cerrno>
#include <system_error>

#include "libs/spool/files.h"

namespace portcullis::output {

FileOutput::FileOutput(const std::filesystem::path& path)
    : path_(path), part_(path.native() + ".part"), file_(part_, std::ios::binary | std::ios::trunc) {}

FileOutput::~FileOutput() {
  std::error_code ignored;
  if (!finished_) std::filesystem::remove(part_, ignored);
}

absl::StatusOr<std::unique_ptr<Output>> FileOutput::Open(const std::filesystem::path& path) {
  std::unique_ptr<FileOutput> output(new FileOutput(path));
  if (!output->file_) return spool::FileError("write", output->part_, errno);
  return output;
}

absl::Status FileOutput::Write(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return file_ ? absl::OkStatus() : spool::FileError("write", part_, errno);
}

absl::Status FileOutput::Finish() {
  file_.close();
  if (!file_) return spool::FileError("write", part_, errno);
  std::error_code error;
  std::filesystem::rename(part_, path_, error);
  if (error) return spool::FileError("write", path_, error.value());
  finished_ = true;
  return absl::OkStatus();
}

}  // namespace portcullis::output
