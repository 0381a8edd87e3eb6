// A streamed answer on its way through the guard.
//
// Events wait here until the guard has released all of their text, then leave in order: untouched ones byte
// for byte, others with the guard's edits spliced in. Only an event whose first words are free while its end
// is not is sent in two. Choices do not wait for each other.
//
// The cycle: Feed bytes -> give pieces() to the guard -> Apply its result -> Take what may leave. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/json/tape.h"
#include "services/edge/domain/openai_answer.h"
#include "services/edge/domain/sse.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::edge {

struct StreamLimits {
  uint32_t max_event_bytes = 1 << 20;
  uint32_t max_held_bytes = 8 << 20;  // of all waiting events
  uint32_t max_channels = 1024;
  bool show_usage = true;  // false: events with nothing but usage are read and left out
};

class StreamEditor {
 public:
  explicit StreamEditor(const StreamLimits& limits) : limits_(limits), parser_(limits.max_event_bytes) {}

  // Takes bytes as they came from the provider. INVALID_ARGUMENT when an event is no JSON object, ABORTED
  // when the provider reported an error in the stream, RESOURCE_EXHAUSTED over a limit.
  absl::Status Feed(std::string_view bytes);

  // The provider's stream is over: closes every channel.
  void Finish();

  // What the guard must see next. Valid until Apply.
  const std::vector<policy::Piece>& pieces() const { return pieces_; }

  void Apply(const policy::GuardResult& result);

  // Appends the events that may leave to `out`. Events with a finish_reason and all that follows them wait
  // until `final` is set: the caller writes the audit record before.
  void Take(bool final, std::string* out);

  bool done() const { return done_; }  // [DONE] was seen
  bool in_event() const { return parser_.InEvent(); }
  bool empty() const { return queue_.empty(); }
  const Usage& usage() const { return usage_; }
  const std::string& finish_reason() const { return finish_reason_; }
  uint64_t text_bytes() const { return text_bytes_; }  // of all pieces so far

  // Members of an event of this stream, without braces: id, object, created, model. For events of our own.
  const std::string& envelope() const { return envelope_; }

  // The path of a channel, for findings: "choices[0].delta.content".
  std::string ChannelPath(uint32_t channel) const;

 private:
  static constexpr uint32_t kAllChoices = UINT32_MAX;

  struct Channel {
    uint64_t key = 0;  // hash of choice and path
    std::string path;
    uint32_t choice = kAllChoices;
    policy::SegmentKind kind = policy::SegmentKind::kText;
    uint32_t received = 0;  // bytes of text
    uint32_t released = 0;
    bool closed = false;
    std::vector<policy::Edit> edits;  // released, for texts that have not left yet
  };

  struct Text {  // a string of an event
    uint32_t channel = 0;
    uint32_t begin = 0;  // in the channel's text
    uint32_t end = 0;
    uint32_t sent = 0;       // up to where it has left already
    uint32_t raw_begin = 0;  // in the event's data, between the quotes
    uint32_t raw_end = 0;
    bool escaped = false;
    uint32_t logprobs_begin = 0;  // the value of its choice's logprobs; 0,0 = none
    uint32_t logprobs_end = 0;
  };

  struct Event {
    std::string data;
    std::vector<Text> texts;
    uint32_t choice = kAllChoices;
    bool final = false;
  };

  struct Place;  // where a walk through an event stands

  absl::Status AddEvent(std::string_view data);
  void LeaveOutUsage();
  void ReadEnvelope();
  absl::Status AddChoices(const json::Node& choices, Event* event);
  absl::Status AddStrings(const json::Node& node, const Place& place, Event* event);
  absl::Status AddText(const json::Node& node, const Place& place, Event* event);
  absl::StatusOr<uint32_t> ChannelFor(const Place& place);
  void CloseChannels(uint32_t choice);
  std::unique_ptr<Event> NewEvent();

  bool Released(const Event& event) const;
  bool HasPartialText(const Event& event) const;
  void Render(Event& event, bool partial, std::string* out);
  std::string RenderText(const Event& event, const Text& text, uint32_t to, bool* edited) const;
  void DropSentEdits(const Event& event);

  const StreamLimits limits_;
  SseParser parser_;
  json::Tape tape_;
  std::vector<Channel> channels_;
  std::deque<std::unique_ptr<Event>> queue_;
  std::vector<std::unique_ptr<Event>> spare_;
  std::vector<policy::Piece> pieces_;
  std::deque<std::string> decoded_;  // texts with escapes, that pieces_ refers to
  std::vector<uint32_t> waiting_;    // choices, within Take
  size_t held_bytes_ = 0;
  uint64_t text_bytes_ = 0;
  bool done_ = false;
  Usage usage_;
  std::string finish_reason_;
  std::string envelope_;
};

}  // namespace portcullis::edge
