// Server-sent events, as providers send them
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace portcullis::edge {

// Cuts a stream of bytes, however it is split, into the `data` of its events. Lines may end with LF, CRLF or
// CR. Several data lines of an event are joined by LF. Comments and other fields are dropped.
class SseParser {
 public:
  explicit SseParser(size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  // Calls `on_event` with the data of every event that is now complete; the view is valid during the call.
  // RESOURCE_EXHAUSTED when an event exceeds the limit, INVALID_ARGUMENT for a line that is no field; what
  // `on_event` returns when that is an error.
  absl::Status Feed(std::string_view bytes, absl::FunctionRef<absl::Status(std::string_view)> on_event);

  // True when the stream ended within an event.
  bool InEvent() const { return !line_.empty() || has_data_; }

 private:
  absl::Status EndLine(absl::FunctionRef<absl::Status(std::string_view)> on_event);

  const size_t max_event_bytes_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace portcullis::edge
