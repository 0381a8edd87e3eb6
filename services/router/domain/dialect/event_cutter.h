// Cuts a stream of server-sent events, however it is split, into whole events with their raw bytes.
#pragma once

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace portcullis::router {

// An event as it came, and the `data` of it: its data lines joined by LF.
struct CutEvent {
  std::string_view raw;    // with the empty line that ends it
  std::string_view data;   // "" for comments and events without data
  bool malformed = false;  // has a line that is neither a comment nor a field of the format
};

// Lines may end with LF or CRLF.
class EventCutter {
 public:
  explicit EventCutter(size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  // Calls `on_event` for each event that is now complete; the views are valid during the call.
  // RESOURCE_EXHAUSTED when one exceeds the limit; what `on_event` returns when that is an error.
  absl::Status Feed(std::string_view bytes, absl::FunctionRef<absl::Status(const CutEvent&)> on_event);

  // Bytes of an event that has not ended.
  std::string_view rest() const { return held_; }

 private:
  // Cuts what it can from `text`; returns how many bytes that were.
  absl::StatusOr<size_t> Cut(std::string_view text,
                             absl::FunctionRef<absl::Status(const CutEvent&)> on_event);
  CutEvent Read(std::string_view raw);

  const size_t max_event_bytes_;
  std::string held_;
  std::string joined_;  // of an event with several data lines
};

}  // namespace portcullis::router
