// What was captured with an event, as people see it.
#pragma once

#include <ostream>

#include "absl/status/status.h"
#include "apps/portcullis/events/events_log.h"
#include "services/audit/client/content_keys.h"

namespace portcullis::events {

// A text that the event's record has a commitment to is written between two lines:
//   --- input, 312 bytes (truncated), commitment holds
//   --- end of input
// and for an answer that was a stream, what its events say, between "--- what these events say" and "---
// end". One that is not there any more is one line: "--- input, 312 bytes: removed". DATA_LOSS: what lies
// there does not fit its commitment, and is not shown. FAILED_PRECONDITION: its master key is not among the
// keys.
absl::Status ShowContent(const EventContent& content, const audit::ContentKeys& keys, std::ostream& out);

}  // namespace portcullis::events
