// Weights that were set while the router ran, kept in a file.
#pragma once

#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

struct KeptWeights {
  TargetWeights configured;  // what the configuration said when they were set
  TargetWeights weights;
};

class WeightsFile {
 public:
  explicit WeightsFile(std::filesystem::path path) : path_(std::move(path)) {}

  // NOT_FOUND: none are kept. DATA_LOSS: the file cannot be understood.
  absl::StatusOr<KeptWeights> Read() const;

  // Replaces what is kept; it is on the disk then.
  absl::Status Write(const KeptWeights& kept) const;

 private:
  const std::filesystem::path path_;
};

}  // namespace portcullis::router
