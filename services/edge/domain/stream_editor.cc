#include "services/edge/domain/stream_editor.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/status/statusor.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/json/text.h"
#include "services/edge/domain/text_places.h"

namespace portcullis::edge {

using json::Kind;
using json::Node;
using policy::SegmentKind;

// The way from the root of an event to a string: the choice, and the keys. `key` identifies the way, with the
// index of tool calls in it and the index of other arrays left out: a part that grows over several events is
// one channel.
struct StreamEditor::Place {
  uint64_t key = 0;
  uint32_t choice = kAllChoices;
  const Place* parent = nullptr;
  std::string_view name;
  int64_t index = -1;  // of a tool call
  bool whole = false;  // strings below are complete in themselves (names, ids)
  uint32_t logprobs_begin = 0;
  uint32_t logprobs_end = 0;

  Place Child(std::string_view child) const {
    Place place = *this;
    place.key = absl::HashOf(key, absl::string_view(child.data(), child.size()));
    place.parent = this;
    place.name = child;
    place.index = -1;
    place.whole = whole || child == "name" || child == "id";
    return place;
  }

  std::string Path() const {
    std::string path = parent != nullptr ? parent->Path() : std::string();
    if (!name.empty()) path += base::StrCat(path.empty() ? "" : ".", name);
    if (index >= 0) path += base::StrCat("[", index, "]");
    return path;
  }
};

namespace {

bool HasWord(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
  });
}

}  // namespace

absl::Status StreamEditor::Feed(std::string_view bytes) {
  return parser_.Feed(bytes, [this](std::string_view data) { return AddEvent(data); });
}

std::unique_ptr<StreamEditor::Event> StreamEditor::NewEvent() {
  if (spare_.empty()) return std::make_unique<Event>();
  std::unique_ptr<Event> event = std::move(spare_.back());
  spare_.pop_back();
  event->texts.clear();
  event->choice = kAllChoices;
  event->final = false;
  return event;
}

absl::Status StreamEditor::AddEvent(std::string_view data) {
  if (done_) return absl::OkStatus();
  std::unique_ptr<Event> event = NewEvent();
  event->data.assign(data);
  held_bytes_ += data.size();
  if (held_bytes_ > limits_.max_held_bytes)
    return absl::ResourceExhaustedError("too much of the stream is held back");
  if (data == "[DONE]") {
    queue_.push_back(std::move(event));
    Finish();
    done_ = true;
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(tape_.Parse(event->data));
  if (tape_.root().kind != Kind::kObject)
    return absl::InvalidArgumentError("an event that is no JSON object");
  Event* added = event.get();
  queue_.push_back(std::move(event));
  const Node* choices = nullptr;
  for (const Node& member : tape_.Children(tape_.root())) {
    if (tape_.KeyIs(member, "error") && member.kind != Kind::kNull) {
      return absl::AbortedError("the provider reported an error within the stream");
    }
    if (tape_.KeyIs(member, "choices")) {
      choices = &member;
    } else if (!IsEnvelopeMember(tape_, member)) {
      Place place;
      place.whole = true;
      RETURN_IF_ERROR(AddStrings(member, place.Child(tape_.Key(member)), added));
    }
  }
  if (envelope_.empty()) ReadEnvelope();
  ReadUsage(tape_, &usage_);
  if (!limits_.show_usage && added->texts.empty() && IsUsageOnly(tape_)) LeaveOutUsage();
  return choices != nullptr ? AddChoices(*choices, added) : absl::OkStatus();
}

// The event was added last.
void StreamEditor::LeaveOutUsage() {
  held_bytes_ -= queue_.back()->data.size();
  spare_.push_back(std::move(queue_.back()));
  queue_.pop_back();
}

void StreamEditor::ReadEnvelope() {
  for (const char* key : {"id", "object", "created", "model"}) {
    const Node* member = tape_.Find(tape_.root(), key);
    if (member == nullptr) continue;
    if (!envelope_.empty()) envelope_ += ',';
    envelope_ += base::StrCat("\"", key, "\":", tape_.Raw(*member));
  }
}

absl::Status StreamEditor::AddChoices(const Node& choices, Event* event) {
  int64_t position = 0;
  for (const Node& choice : tape_.Children(choices)) {
    const Node* index = tape_.Find(choice, "index");
    const int64_t given = index != nullptr ? tape_.Integer(*index) : -1;
    Place place;
    place.choice = static_cast<uint32_t>(given >= 0 && given < kAllChoices ? given : position);
    place.name = "choices";
    place.index = place.choice;
    place.key = absl::HashOf(place.choice);
    event->choice = position == 0 ? place.choice : kAllChoices;
    ++position;
    if (const Node* logprobs = tape_.Find(choice, "logprobs"); logprobs != nullptr) {
      place.logprobs_begin = logprobs->begin;
      place.logprobs_end = logprobs->end;
    }
    const Node* finish = tape_.Find(choice, "finish_reason");
    for (const Node& member : tape_.Children(choice)) {
      if (&member == finish || tape_.KeyIs(member, "logprobs")) continue;
      RETURN_IF_ERROR(AddStrings(member, place.Child(tape_.Key(member)), event));
    }
    if (finish != nullptr && finish->kind == Kind::kString) {
      event->final = true;
      if (finish_reason_.empty()) finish_reason_ = ReadFinishReason(tape_);
      CloseChannels(place.choice);
    }
  }
  return absl::OkStatus();
}

absl::Status StreamEditor::AddStrings(const Node& node, const Place& place, Event* event) {
  if (node.kind == Kind::kString) return AddText(node, place, event);
  int64_t position = 0;
  for (const Node& child : tape_.Children(node)) {
    if (node.kind == Kind::kObject) {
      if (child.kind == Kind::kString && IsControlMember(tape_, node, child)) continue;
      const std::string key = tape_.Key(child);
      RETURN_IF_ERROR(AddStrings(child, place.Child(key), event));
      continue;
    }
    Place element = place;
    if (place.name == "tool_calls") {
      const Node* index = tape_.Find(child, "index");
      element.index = index != nullptr && tape_.Integer(*index) >= 0 ? tape_.Integer(*index) : position;
      element.key = absl::HashOf(place.key, element.index);
    }
    ++position;
    RETURN_IF_ERROR(AddStrings(child, element, event));
  }
  return absl::OkStatus();
}

absl::Status StreamEditor::AddText(const Node& node, const Place& place, Event* event) {
  if (node.end - node.begin <= 2) return absl::OkStatus();
  ASSIGN_OR_RETURN(const uint32_t slot, ChannelFor(place));
  Channel& channel = channels_[slot];
  Text text;
  text.channel = slot;
  text.raw_begin = node.begin + 1;
  text.raw_end = node.end - 1;
  text.escaped = node.escaped;
  text.logprobs_begin = place.logprobs_begin;
  text.logprobs_end = place.logprobs_end;
  std::string_view decoded =
      std::string_view(event->data).substr(text.raw_begin, text.raw_end - text.raw_begin);
  if (node.escaped) {
    json::Unescape(decoded, &decoded_.emplace_back());
    decoded = decoded_.back();
  }
  text.begin = text.sent = channel.received;
  text.end = channel.received += static_cast<uint32_t>(decoded.size());
  text_bytes_ += decoded.size();
  channel.closed = place.whole;
  pieces_.push_back({slot, channel.kind, decoded, place.whole});
  event->texts.push_back(text);
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> StreamEditor::ChannelFor(const Place& place) {
  for (uint32_t slot = 0; slot < channels_.size(); ++slot) {
    if (channels_[slot].key == place.key && !channels_[slot].closed) return slot;
  }
  if (channels_.size() >= limits_.max_channels) {
    return absl::ResourceExhaustedError(
        base::StrCat("more than ", limits_.max_channels, " texts in one stream"));
  }
  Channel& channel = channels_.emplace_back();
  channel.key = place.key;
  channel.path = place.Path();
  channel.choice = place.choice;
  channel.kind = place.name == "arguments" ? SegmentKind::kJson : SegmentKind::kText;
  return static_cast<uint32_t>(channels_.size() - 1);
}

void StreamEditor::CloseChannels(uint32_t choice) {
  for (uint32_t slot = 0; slot < channels_.size(); ++slot) {
    Channel& channel = channels_[slot];
    if (channel.closed || (choice != kAllChoices && channel.choice != choice)) continue;
    channel.closed = true;
    pieces_.push_back({slot, channel.kind, {}, true});
  }
}

void StreamEditor::Finish() { CloseChannels(kAllChoices); }

void StreamEditor::Apply(const policy::GuardResult& result) {
  for (const policy::Release& release : result.releases) {
    if (release.channel >= channels_.size()) continue;
    Channel& channel = channels_[release.channel];
    channel.released = std::min(std::max(channel.released, release.end), channel.received);
    channel.edits.insert(channel.edits.end(), release.edits.begin(), release.edits.end());
  }
  pieces_.clear();
  decoded_.clear();
}

bool StreamEditor::Released(const Event& event) const {
  return std::all_of(event.texts.begin(), event.texts.end(),
                     [this](const Text& text) { return channels_[text.channel].released >= text.end; });
}

// Worth sending in two: its one text has at least a word that is free.
bool StreamEditor::HasPartialText(const Event& event) const {
  if (event.texts.size() != 1 || event.final) return false;
  const Text& text = event.texts[0];
  const uint32_t free = std::min(channels_[text.channel].released, text.end);
  if (free <= text.sent) return false;
  bool edited = false;
  return HasWord(RenderText(event, text, free, &edited)) || edited;
}

void StreamEditor::Take(bool final, std::string* out) {
  waiting_.clear();
  size_t kept = 0;
  for (size_t i = 0; i < queue_.size(); ++i) {
    std::unique_ptr<Event>& event = queue_[i];
    const bool behind = event->choice == kAllChoices
                            ? !waiting_.empty()
                            : std::count(waiting_.begin(), waiting_.end(), event->choice) +
                                      std::count(waiting_.begin(), waiting_.end(), kAllChoices) >
                                  0;
    if (!behind && Released(*event) && (final || !event->final)) {
      Render(*event, false, out);
      DropSentEdits(*event);
      held_bytes_ -= event->data.size();
      spare_.push_back(std::move(event));
      continue;
    }
    if (!behind && HasPartialText(*event)) Render(*event, true, out);
    waiting_.push_back(event->choice);
    if (kept != i) queue_[kept] = std::move(event);
    ++kept;
  }
  queue_.resize(kept);
}

// Sends an event: whole, or only the free beginning of its one text.
void StreamEditor::Render(Event& event, bool partial, std::string* out) {
  std::vector<Splice> splices;
  for (Text& text : event.texts) {
    const uint32_t to = partial ? std::min(channels_[text.channel].released, text.end) : text.end;
    bool edited = false;
    std::string bytes = RenderText(event, text, to, &edited);
    if (edited || to != text.end || text.sent != text.begin) {
      splices.push_back({text.raw_begin, text.raw_end, std::move(bytes)});
    }
    const bool repeated = std::any_of(splices.begin(), splices.end(),
                                      [&](const Splice& s) { return s.begin == text.logprobs_begin; });
    if ((edited || partial) && text.logprobs_end != 0 && !repeated) {
      splices.push_back({text.logprobs_begin, text.logprobs_end, "null"});
    }
    if (partial) text.sent = to;
  }
  *out += "data: ";
  if (splices.empty()) {
    *out += event.data;
  } else {
    *out += ApplySplices(event.data, std::move(splices));
  }
  *out += "\n\n";
}

// The raw bytes of a text from where it has been sent to `to`, with the channel's edits.
std::string StreamEditor::RenderText(const Event& event, const Text& text, uint32_t to, bool* edited) const {
  const std::string_view raw =
      std::string_view(event.data).substr(text.raw_begin, text.raw_end - text.raw_begin);
  json::RawOffsets offsets(raw);
  const auto raw_at = [&](uint32_t at) {
    return text.escaped ? offsets.Down(at - text.begin) : at - text.begin;
  };
  std::string out;
  uint32_t at = text.sent;
  uint32_t raw_from = raw_at(at);
  for (const policy::Edit& edit : channels_[text.channel].edits) {
    if (edit.end <= at || edit.begin >= to) continue;
    const uint32_t begin = std::max(edit.begin, at);
    const uint32_t raw_begin = raw_at(begin);
    out.append(raw.substr(raw_from, raw_begin - raw_from));
    if (edit.begin >= at) json::AppendEscaped(edit.replacement, &out);
    at = std::min(edit.end, to);
    raw_from = raw_at(at);
    *edited = true;
  }
  out.append(raw.substr(raw_from, raw_at(to) - raw_from));
  return out;
}

void StreamEditor::DropSentEdits(const Event& event) {
  for (const Text& text : event.texts) {
    std::vector<policy::Edit>& edits = channels_[text.channel].edits;
    std::erase_if(edits, [&](const policy::Edit& edit) { return edit.end <= text.end; });
  }
}

std::string StreamEditor::ChannelPath(uint32_t channel) const {
  return channel < channels_.size() ? channels_[channel].path : std::string();
}

}  // namespace portcullis::edge
