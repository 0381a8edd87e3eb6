// Where an export of records stands, in a file that survives the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace portcullis::audit {

// Not thread-safe.
class ExportCursor {
 public:
  // `destination` names where records go ("topic portcullis-audit"): a file of another log or destination
  // does not count.
  ExportCursor(std::filesystem::path file, std::string log_id, std::string destination);

  // 0: nothing is there yet. FAILED_PRECONDITION: the file is not one of these.
  absl::StatusOr<uint64_t> Read() const;

  // Replaces the file in one step. A crash of the machine may bring back an earlier position.
  absl::Status Write(uint64_t position) const;

  const std::filesystem::path& file() const { return file_; }

 private:
  std::string Head() const;

  const std::filesystem::path file_;
  const std::string log_id_, destination_;
};

}  // namespace portcullis::audit
