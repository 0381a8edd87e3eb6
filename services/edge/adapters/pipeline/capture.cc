#include "services/edge/adapters/pipeline/capture.h"

#include <utility>

#include "services/edge/domain/edge_metrics.h"

namespace portcullis::edge {
namespace {

// A character is not cut in two.
size_t CutAt(std::string_view bytes, size_t size) {
  const auto continues = [&](size_t at) { return (static_cast<unsigned char>(bytes[at]) & 0xC0) == 0x80; };
  for (size_t at = size, steps = 0; at > 0 && steps < 4; --at, ++steps) {
    if (!continues(at)) return at;
  }
  return size;
}

telemetry::Counter& Contents(telemetry::Metrics& metrics, const std::string& direction, const char* result) {
  return metrics.AddCounter(kContents, {{"direction", direction}, {"result", result}});
}

}  // namespace

CaptureCounters::CaptureCounters(telemetry::Metrics& metrics, std::string direction)
    : whole(Contents(metrics, direction, "whole")),
      truncated(Contents(metrics, direction, "truncated")),
      refused(Contents(metrics, direction, "refused")),
      bytes(metrics.AddCounter(kContentBytes, {{"direction", std::move(direction)}})) {}

void Capture::Received(std::string_view body) {
  if (parts_.rules.input && parts_.rules.encrypted) Keep(body, &input_);
}

void Capture::GoesOn(std::string_view body, bool judged) {
  if (parts_.rules.input && !parts_.rules.encrypted && judged) Keep(body, &input_);
}

void Capture::Sent(std::string_view bytes) {
  if (parts_.rules.output) Keep(bytes, &output_);
}

std::vector<audit::ContentText> Capture::Take() {
  std::vector<audit::ContentText> texts;
  if (parts_.rules.input && !std::exchange(input_done_, true)) {
    if (!input_.any) parts_.input.refused.Add();
    Move(audit::kInputPart, &input_, parts_.input, &texts);
  }
  Move(audit::kOutputPart, &output_, parts_.output, &texts);
  return texts;
}

void Capture::Keep(std::string_view bytes, Kept* kept) const {
  if (kept->truncated) return;
  kept->any = true;
  const size_t room = parts_.rules.max_bytes - kept->text.size();
  kept->truncated = bytes.size() > room;
  kept->text.append(bytes.substr(0, kept->truncated ? CutAt(bytes, room) : bytes.size()));
}

void Capture::Move(const char* part, Kept* kept, CaptureCounters& counters,
                   std::vector<audit::ContentText>* texts) {
  if (!kept->any) return;
  (kept->truncated ? counters.truncated : counters.whole).Add();
  counters.bytes.Add(static_cast<double>(kept->text.size()));
  texts->push_back({part, std::move(kept->text), kept->truncated, {}});
  *kept = {};
}

}  // namespace portcullis::edge
