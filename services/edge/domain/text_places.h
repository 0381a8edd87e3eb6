// Where text can hide in a request or an answer of the OpenAI family, and how to put edits back.
//
// A place is one JSON string of the document. Everything that reaches a model or a person counts: string and
// part contents, tool results, tool-call arguments, names, refusals, tool descriptions, FIM prompt and
// suffix, fields that no specification knows. Left out are the values of `role` and `type`, the model name,
// and binary payloads
// (`data:` URLs, `data`, `file_data`, `b64_json`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/json/splice.h"
#include "libs/json/tape.h"
#include "services/policy/api/policy_api.h"

namespace portcullis::edge {

struct TextPlace {
  uint32_t node = 0;       // index on the tape
  uint32_t raw_begin = 0;  // bytes between the quotes
  uint32_t raw_end = 0;
  bool escaped = false;
  policy::SegmentKind kind = policy::SegmentKind::kText;
  policy::Role role = policy::Role::kUnknown;
};

// All text of a request (the root is an object), in document order.
std::vector<TextPlace> RequestText(const json::Tape& tape);

// What a request holds: bits as in policy::OpenRequest::modalities.
uint8_t RequestModalities(const json::Tape& tape);

// All text of a whole answer: everything but its envelope, control fields and logprobs.
std::vector<TextPlace> AnswerText(const json::Tape& tape);

// The decoded text of the places as segments. Texts with escapes are decoded into `*scratch`, which the
// segments refer to, like to the tape's text.
std::vector<policy::Segment> ToSegments(const json::Tape& tape, const std::vector<TextPlace>& places,
                                        std::vector<std::string>* scratch);

// "messages[2].content[0].text": for people.
std::string PathOf(const json::Tape& tape, uint32_t node);

using json::ApplySplices;
using json::Splice;

// Turns edits of decoded segments into splices of the raw document, sorted. `edits` are those of a Decision
// on the segments of `places`.
std::vector<Splice> ToSplices(const json::Tape& tape, const std::vector<TextPlace>& places,
                              const std::vector<policy::Edit>& edits);

// Splices that set the `logprobs` of every choice which has one of the edited places to null: they repeat its
// text.
void AppendLogprobSplices(const json::Tape& tape, const std::vector<TextPlace>& places,
                          const std::vector<policy::Edit>& edits, std::vector<Splice>* splices);

// True for members of `parent` whose string values are control values or binary, never text.
bool IsControlMember(const json::Tape& tape, const json::Node& parent, const json::Node& member);

// True for the top-level members of an answer that hold no text: id, object, model, created, usage, ...
bool IsEnvelopeMember(const json::Tape& tape, const json::Node& member);

}  // namespace portcullis::edge
