// The port to a place that records are sent on to as they become whole, a broker for example.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"

namespace portcullis::audit {

// Views are valid during the call.
struct SinkRecord {
  uint64_t position = 0;  // in the log: its row. Grows; a record that changes is sent again with its new one
  std::string_view key;   // RecordId (record_json.h): records of one key keep their order
  std::string_view value;
};

// What happened since the last look.
struct SinkNews {
  std::vector<uint64_t> acknowledged;  // positions that are safe, in any order
  // Not OK: this sink is of no more use. Of what was sent and not acknowledged some may be lost: it must be
  // sent again, by a new sink.
  absl::Status failure;
  std::string trouble;  // why nothing is acknowledged at the moment; "" = nothing new is known
};

// Belongs to one thread.
class RecordSink {
 public:
  virtual ~RecordSink() = default;  // drops what is not acknowledged, without waiting for it

  // Takes the record; it is sent in its own time. False: there is no room, try again after Wait.
  virtual absl::StatusOr<bool> Send(const SinkRecord& record) = 0;

  // Returns when there is news, at most after this time.
  virtual SinkNews Wait(base::Duration at_most) = 0;
};

using OpenSink = std::function<absl::StatusOr<std::unique_ptr<RecordSink>>()>;

}  // namespace portcullis::audit
