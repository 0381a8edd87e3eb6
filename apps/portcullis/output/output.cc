#include "apps/portcullis/output/output.h"

#include <utility>

#include "apps/portcullis/output/file_output.h"
#include "libs/base/status_macros.h"
#include "libs/s3/upload.h"

namespace portcullis::output {
namespace {

class StreamOutput final : public Output {
 public:
  explicit StreamOutput(std::ostream& stream) : stream_(stream) {}

  absl::Status Write(std::string_view bytes) override {
    stream_ << bytes;
    return Good();
  }
  absl::Status Finish() override {
    stream_.flush();
    return Good();
  }

 private:
  absl::Status Good() const {
    return stream_ ? absl::OkStatus() : absl::UnavailableError("the standard output could not be written");
  }

  std::ostream& stream_;
};

class ObjectOutput final : public Output {
 public:
  ObjectOutput(const s3::Store& store, s3::ObjectName name, std::string content_type,
               const OutputParts& parts)
      : upload_(store, std::move(name), std::move(content_type), {parts.clock, parts.sleeper}) {}

  absl::Status Write(std::string_view bytes) override { return upload_.Append(bytes); }
  absl::Status Finish() override { return upload_.Finish(); }

 private:
  s3::Upload upload_;
};

}  // namespace

bool IsObject(std::string_view to) { return to.starts_with("s3://"); }

absl::StatusOr<std::unique_ptr<Output>> Open(const Place& place, std::string content_type,
                                             const OutputParts& parts) {
  if (place.IsStandardOutput()) return std::make_unique<StreamOutput>(parts.standard_output);
  if (!IsObject(place.to)) return FileOutput::Open(place.to);
  ASSIGN_OR_RETURN(s3::ObjectName name, s3::ParseObjectName(place.to));
  return std::make_unique<ObjectOutput>(place.store, std::move(name), std::move(content_type), parts);
}

}  // namespace portcullis::output
