// A file as output: written beside its name, with the extension .part, until it is finished.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "apps/portcullis/output/output.h"

namespace portcullis::output {

class FileOutput final : public Output {
 public:
  static absl::StatusOr<std::unique_ptr<Output>> Open(const std::filesystem::path& path);
  ~FileOutput() override;

  absl::Status Write(std::string_view bytes) override;
  absl::Status Finish() override;

 private:
  explicit FileOutput(const std::filesystem::path& path);

  const std::filesystem::path path_, part_;
  std::ofstream file_;
  bool finished_ = false;
};

}  // namespace portcullis::output
