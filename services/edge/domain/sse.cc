#include "services/edge/domain/sse.h"

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::edge {
namespace {

// Comments, and the fields that carry no text. The standard has readers skip anything else; here that could
// be a piece of the answer, lost without a word.
bool IsKnownLine(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(':'));
  return name.empty() || name == "event" || name == "id" || name == "retry" || name == "data";
}

}  // namespace

absl::Status SseParser::Feed(std::string_view bytes,
                             absl::FunctionRef<absl::Status(std::string_view)> on_event) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() + data_.size() > max_event_bytes_) {
      return absl::ResourceExhaustedError(base::StrCat("an event of over ", max_event_bytes_, " bytes"));
    }
    if (end == std::string_view::npos) return absl::OkStatus();
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    RETURN_IF_ERROR(EndLine(on_event));
  }
  return absl::OkStatus();
}

absl::Status SseParser::EndLine(absl::FunctionRef<absl::Status(std::string_view)> on_event) {
  if (line_.empty()) {
    if (!has_data_) return absl::OkStatus();
    const absl::Status status = on_event(data_);
    data_.clear();
    has_data_ = false;
    return status;
  }
  std::string_view line = line_;
  if (line.starts_with("data:")) {
    line.remove_prefix(5);
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (has_data_) data_ += '\n';
    data_ += line;
    has_data_ = true;
  } else if (!IsKnownLine(line)) {
    return absl::InvalidArgumentError("a line that is no field of server-sent events");
  }
  line_.clear();
  return absl::OkStatus();
}

}  // namespace portcullis::edge
