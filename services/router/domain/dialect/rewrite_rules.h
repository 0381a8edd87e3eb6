// Rules that turn a request of OpenAI's into another provider's: data, from which the pages in docs/providers
// are generated too.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "libs/json/tape.h"

namespace portcullis::router {

// The kinds of objects in a request.
enum class Scope : uint8_t {
  kChat,        // the body of a chat completion
  kFim,         // the body of a FIM completion
  kEmbeddings,  // the body of an embeddings request
  kMessage,     // messages[]
  kPart,        // messages[].content[]
  kToolCall,    // messages[].tool_calls[]
  kTool,        // tools[]
  kFunction,    // tools[].function
  kNone,
};
inline constexpr size_t kScopes = static_cast<size_t>(Scope::kNone);

// "messages", "messages.content", ...; "" for a body.
std::string_view ScopeName(Scope scope);

// An object under examination.
struct RuleContext {
  const json::Tape& tape;
  const json::Node& object;
  bool last = false;  // of its array
};

// Whether a rule applies; `member` is null when the object lacks the field.
using RuleTest = bool (*)(const RuleContext& context, const json::Node* member);

enum class RuleAction : uint8_t {
  kKeep,           // sent as it is
  kRename,         // sent under the name `argument`
  kReplace,        // the value becomes `argument` (JSON)
  kInsert,         // the absent field is sent as `argument` (JSON)
  kUnwrap,         // the value, an object, becomes its member `argument`
  kSmaller,        // this and the field `argument` become the smaller of the two, under that name
  kPositive,       // sent under the name `argument`, without its sign
  kMapToolCallId,  // an id of 9 letters and digits made from it, the same for the same id
  kRemove,         // not sent: it says nothing to this provider
  kDrop,           // not sent, which x-portcullis-dropped tells: it does not change the answer
  kUnsupported,    // `on_unsupported` decides
  kClamp,          // `on_unsupported` decides; drop means the value `argument`
  kImpossible,     // refused unless `on_unsupported: pass`: without it the request makes no sense
};

struct RewriteRule {
  std::string_view field;
  RuleTest test;
  std::string_view when;  // the test in words; "" = always
  RuleAction action;
  std::string_view argument;
  std::string_view reason;  // for the page, and for people whose request is refused
};

// The rules of a provider by Scope, in order: of a field's rules the first that applies.
struct RuleBook {
  std::span<const RewriteRule> of[kScopes];
};

}  // namespace portcullis::router
