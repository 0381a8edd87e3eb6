#include "services/edge/domain/text_places.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/json/text.h"

namespace portcullis::edge {
namespace {

using json::Kind;
using json::Node;
using json::Tape;
using policy::Role;
using policy::SegmentKind;

Role RoleOf(const Tape& tape, const Node& message) {
  const Node* role = tape.Find(message, "role");
  if (role == nullptr || role->kind != Kind::kString) return Role::kUnknown;
  std::string scratch;
  const std::string_view name = tape.String(*role, &scratch);
  if (name == "user") return Role::kUser;
  if (name == "assistant") return Role::kAssistant;
  if (name == "system" || name == "developer") return Role::kSystem;
  if (name == "tool" || name == "function") return Role::kTool;
  return Role::kUnknown;
}

// Collects the strings of a subtree.
constexpr size_t kUsualPlaces = 8;

class Collector {
 public:
  Collector(const Tape& tape, std::vector<TextPlace>* out) : tape_(tape), out_(*out) {
    out_.reserve(kUsualPlaces);
  }

  void Walk(const Node& node, Role role) {
    if (node.kind == Kind::kString) {
      Add(node, role, SegmentKind::kText);
      return;
    }
    for (const Node& child : tape_.Children(node)) {
      if (child.kind == Kind::kString && node.kind == Kind::kObject) {
        if (IsControlMember(tape_, node, child)) continue;
        Add(child, role, tape_.KeyIs(child, "arguments") ? SegmentKind::kJson : SegmentKind::kText);
      } else if (node.kind != Kind::kObject || !tape_.KeyIs(child, "logprobs")) {
        Walk(child, role);
      }
    }
  }

 private:
  void Add(const Node& node, Role role, SegmentKind kind) {
    if (node.end - node.begin <= 2) return;  // ""
    TextPlace place;
    place.node = static_cast<uint32_t>(&node - &tape_.root());
    place.raw_begin = node.begin + 1;
    place.raw_end = node.end - 1;
    place.escaped = node.escaped;
    place.kind = kind;
    place.role = role;
    out_.push_back(place);
  }

  const Tape& tape_;
  std::vector<TextPlace>& out_;
};

// Whose words a top-level field holds when it is not a message.
Role TopLevelRole(const Tape& tape, const Node& member) {
  for (const char* key : {"tools", "functions", "response_format", "instructions"}) {
    if (tape.KeyIs(member, key)) return Role::kSystem;
  }
  return Role::kUser;
}

uint8_t MessageModalities(const Tape& tape, const Node& message) {
  uint8_t found = 0;
  const bool calls = tape.Find(message, "tool_calls") != nullptr;
  if (calls || RoleOf(tape, message) == Role::kTool) found |= policy::kModalityTools;
  const Node* content = tape.Find(message, "content");
  if (content == nullptr || content->kind != Kind::kArray) return found;
  for (const Node& part : tape.Children(*content)) {
    if (part.kind != Kind::kObject) continue;
    if (tape.Find(part, "image_url") != nullptr) found |= policy::kModalityImage;
    if (tape.Find(part, "input_audio") != nullptr) found |= policy::kModalityAudio;
  }
  return found;
}

}  // namespace

bool IsControlMember(const Tape& tape, const Node& parent, const Node& member) {
  if (tape.KeyIs(member, "role") || tape.KeyIs(member, "type")) return true;
  if (tape.KeyIs(member, "url")) return tape.RawString(member).starts_with("data:");
  return (tape.KeyIs(member, "data") && tape.KeyIs(parent, "input_audio")) ||
         (tape.KeyIs(member, "file_data") && tape.KeyIs(parent, "file"));
}

bool IsEnvelopeMember(const Tape& tape, const Node& member) {
  for (const char* key :
       {"id", "object", "model", "created", "system_fingerprint", "service_tier", "usage"}) {
    if (tape.KeyIs(member, key)) return true;
  }
  return false;
}

std::vector<TextPlace> RequestText(const Tape& tape) {
  std::vector<TextPlace> places;
  Collector collector(tape, &places);
  for (const Node& member : tape.Children(tape.root())) {
    if (tape.KeyIs(member, "model")) continue;
    if (tape.KeyIs(member, "messages") && member.kind == Kind::kArray) {
      for (const Node& message : tape.Children(member)) collector.Walk(message, RoleOf(tape, message));
    } else {
      collector.Walk(member, TopLevelRole(tape, member));
    }
  }
  return places;
}

uint8_t RequestModalities(const Tape& tape) {
  uint8_t found = policy::kModalityText;
  for (const char* key : {"tools", "functions"}) {
    if (tape.Find(tape.root(), key) != nullptr) found |= policy::kModalityTools;
  }
  const Node* messages = tape.Find(tape.root(), "messages");
  if (messages == nullptr || messages->kind != Kind::kArray) return found;
  for (const Node& message : tape.Children(*messages)) {
    if (message.kind == Kind::kObject) found |= MessageModalities(tape, message);
  }
  return found;
}

std::vector<TextPlace> AnswerText(const Tape& tape) {
  std::vector<TextPlace> places;
  Collector collector(tape, &places);
  for (const Node& member : tape.Children(tape.root())) {
    if (!IsEnvelopeMember(tape, member)) collector.Walk(member, Role::kAssistant);
  }
  return places;
}

std::vector<policy::Segment> ToSegments(const Tape& tape, const std::vector<TextPlace>& places,
                                        std::vector<std::string>* scratch) {
  scratch->clear();
  scratch->reserve(places.size());  // views into the strings must not move
  std::vector<policy::Segment> segments;
  segments.reserve(places.size());
  for (const TextPlace& place : places) {
    std::string_view text = tape.text().substr(place.raw_begin, place.raw_end - place.raw_begin);
    if (place.escaped) {
      json::Unescape(text, &scratch->emplace_back());
      text = scratch->back();
    }
    segments.push_back({text, place.kind, place.role, {}});
  }
  return segments;
}

std::string PathOf(const Tape& tape, uint32_t target) {
  std::string path;
  const Node* at = &tape.root();
  const Node* const goal = &tape.root() + target;
  while (at != goal) {
    const Node* inside = nullptr;
    size_t index = 0;
    for (const Node& child : tape.Children(*at)) {
      if (&child <= goal && goal < &tape.root() + child.next) {
        inside = &child;
        break;
      }
      ++index;
    }
    if (inside == nullptr) return path;
    if (at->kind == Kind::kArray) {
      path += base::StrCat("[", index, "]");
    } else {
      path += base::StrCat(path.empty() ? "" : ".", tape.Key(*inside));
    }
    at = inside;
  }
  return path;
}

std::vector<Splice> ToSplices(const Tape& tape, const std::vector<TextPlace>& places,
                              const std::vector<policy::Edit>& edits) {
  std::vector<Splice> splices;
  splices.reserve(edits.size());
  for (size_t i = 0; i < edits.size();) {
    const uint32_t segment = edits[i].segment;
    const TextPlace& place = places[segment];
    json::RawOffsets offsets(tape.text().substr(place.raw_begin, place.raw_end - place.raw_begin));
    for (; i < edits.size() && edits[i].segment == segment; ++i) {
      Splice& splice = splices.emplace_back();
      splice.begin = place.raw_begin + (place.escaped ? offsets.Down(edits[i].begin) : edits[i].begin);
      splice.end = place.raw_begin + (place.escaped ? offsets.Up(edits[i].end) : edits[i].end);
      json::AppendEscaped(edits[i].replacement, &splice.bytes);
    }
  }
  return splices;
}

void AppendLogprobSplices(const Tape& tape, const std::vector<TextPlace>& places,
                          const std::vector<policy::Edit>& edits, std::vector<Splice>* splices) {
  const Node* choices = tape.Find(tape.root(), "choices");
  if (choices == nullptr) return;
  for (const Node& choice : tape.Children(*choices)) {
    const Node* logprobs = tape.Find(choice, "logprobs");
    const bool edited = std::any_of(edits.begin(), edits.end(), [&](const policy::Edit& edit) {
      const TextPlace& place = places[edit.segment];
      return place.raw_begin >= choice.begin && place.raw_end <= choice.end;
    });
    if (edited && logprobs != nullptr) splices->push_back({logprobs->begin, logprobs->end, "null"});
  }
}

}  // namespace portcullis::edge
