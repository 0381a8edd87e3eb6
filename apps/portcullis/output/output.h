// Where an export goes: the standard output, a file, or an object of an S3-compatible store.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/sleeper.h"
#include "libs/s3/store.h"

namespace portcullis::output {

// A file or an object takes its name when it is finished, and replaces what had it; what is not finished is
// removed. Belongs to one thread; calls block.
class Output {
 public:
  virtual ~Output() = default;

  // Errors say where and why.
  virtual absl::Status Write(std::string_view bytes) = 0;
  virtual absl::Status Finish() = 0;
};

struct Place {
  std::string to = "-";  // "-" = the standard output, "s3://BUCKET/KEY", or a file
  s3::Store store;       // for s3://

  bool IsStandardOutput() const { return to == "-"; }
};

bool IsObject(std::string_view to);

// What an output works with; must outlive it.
struct OutputParts {
  const base::Clock& clock;
  base::Sleeper& sleeper;
  std::ostream& standard_output;
};

// `content_type` is the object's.
absl::StatusOr<std::unique_ptr<Output>> Open(const Place& place, std::string content_type,
                                             const OutputParts& parts);

}  // namespace portcullis::output
