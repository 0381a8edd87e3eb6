// What of one request and its answer is captured for the audit log, in memory until a leaf is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/content.h"

namespace portcullis::edge {

// Of one worker, resolved once.
struct CaptureCounters {
  // `direction`: "input", "output".
  CaptureCounters(telemetry::Metrics& metrics, std::string direction);

  telemetry::Counter& whole;
  telemetry::Counter& truncated;
  telemetry::Counter& refused;
  telemetry::Counter& bytes;
};

// Both must outlive it.
struct CaptureParts {
  const audit::CaptureRules& rules;
  CaptureCounters& input;
  CaptureCounters& output;
};

// In the form "redacted" a request is captured as it goes on, so that what a policy took out or held back is
// not kept; in the form "encrypted" as it came. Answers are captured as they were sent. Holds at most twice
// `max_bytes`.
class Capture {
 public:
  explicit Capture(const CaptureParts& parts) : parts_(parts) {}

  // The body of the request, before it is read.
  void Received(std::string_view body);

  // The body that goes on. `judged`: the policies have seen it.
  void GoesOn(std::string_view body, bool judged);

  // A piece of the answer, in order.
  void Sent(std::string_view bytes);

  // What belongs beside the next leaf: what came since the last.
  std::vector<audit::ContentText> Take();

 private:
  struct Kept {
    std::string text;
    bool any = false;
    bool truncated = false;
  };

  void Keep(std::string_view bytes, Kept* kept) const;
  static void Move(const char* part, Kept* kept, CaptureCounters& counters,
                   std::vector<audit::ContentText>* texts);

  const CaptureParts parts_;
  Kept input_;
  Kept output_;
  bool input_done_ = false;
};

}  // namespace portcullis::edge
