// The flags that say where an export goes.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "apps/portcullis/output/output.h"
#include "libs/s3/store.h"

namespace portcullis::app {

struct OutputFlags {
  std::string to = "-";
  s3::StoreOptions store;
};

// --output and what s3:// needs.
void AddOutputFlags(CLI::App& app, OutputFlags* flags);

// With what the environment says of an S3 store. INVALID_ARGUMENT: what is missing or wrong.
absl::StatusOr<output::Place> PlaceOf(const OutputFlags& flags);

}  // namespace portcullis::app
