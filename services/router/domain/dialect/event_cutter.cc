#include "services/router/domain/dialect/event_cutter.h"

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

// The first line of `text` without its end; `*length` is that of the line with its end, 0 when it has none.
std::string_view FirstLine(std::string_view text, size_t* length) {
  const size_t end = text.find('\n');
  *length = end == text.npos ? 0 : end + 1;
  std::string_view line = text.substr(0, end == text.npos ? 0 : end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsField(std::string_view line) {
  if (line.empty() || line.front() == ':') return true;
  const std::string_view name = line.substr(0, line.find(':'));
  return name == "data" || name == "event" || name == "id" || name == "retry";
}

}  // namespace

CutEvent EventCutter::Read(std::string_view raw) {
  CutEvent event{raw, {}};
  bool several = false;
  size_t length = 0;
  for (std::string_view rest = raw; !rest.empty(); rest.remove_prefix(length)) {
    std::string_view line = FirstLine(rest, &length);
    event.malformed = event.malformed || !IsField(line);
    if (!line.starts_with("data:")) continue;
    line.remove_prefix(5);
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (event.data.data() == nullptr) {
      event.data = line;
      continue;
    }
    if (!several) joined_ = event.data;
    several = true;
    joined_ += base::StrCat("\n", line);
  }
  if (several) event.data = joined_;
  return event;
}

absl::StatusOr<size_t> EventCutter::Cut(std::string_view text,
                                        absl::FunctionRef<absl::Status(const CutEvent&)> on_event) {
  size_t begin = 0;  // of the event
  size_t at = 0;
  size_t length = 0;
  while (true) {
    const bool blank = FirstLine(text.substr(at), &length).empty();
    if (length == 0) return begin;
    at += length;
    if (!blank) continue;
    const std::string_view raw = text.substr(begin, at - begin);
    begin = at;
    RETURN_IF_ERROR(on_event(Read(raw)));
  }
}

absl::Status EventCutter::Feed(std::string_view bytes,
                               absl::FunctionRef<absl::Status(const CutEvent&)> on_event) {
  if (held_.empty()) {
    ASSIGN_OR_RETURN(const size_t used, Cut(bytes, on_event));
    held_.assign(bytes.substr(used));
  } else {
    std::string text = std::move(held_);
    text += bytes;
    held_.clear();
    ASSIGN_OR_RETURN(const size_t used, Cut(text, on_event));
    held_.assign(text, used);
  }
  if (held_.size() <= max_event_bytes_) return absl::OkStatus();
  return absl::ResourceExhaustedError(base::StrCat("an event exceeds ", max_event_bytes_, " bytes"));
}

}  // namespace portcullis::router
