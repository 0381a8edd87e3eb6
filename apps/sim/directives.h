// Directives: lines of the last user message that shape the answer.
//
// A directive starts a line. `say:`, `think:` and `thinking:` run on until the next directive or the end of
// the message; the others take one line. The first space after the colon and the line feed before the next
// directive are dropped.
//   say: TEXT          the answer is exactly TEXT
//   think: TEXT        TEXT in `reasoning_content`
//   thinking: TEXT     TEXT as Mistral's reasoning models send it: a part of type "thinking" in `content`
//   tool: NAME ARGS    a call of NAME with the arguments ARGS (JSON, sent as written); may be repeated
//   fault: SPEC        see fault.h
//   chunk: N           bytes of each delta; packet: N   bytes of each TCP write
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::sim {

struct ToolDirective {
  std::string_view name;
  std::string_view arguments;  // "{}" when none are given
};

// Views into the message.
struct Directives {
  std::optional<std::string_view> say;
  std::optional<std::string_view> think;
  std::optional<std::string_view> thinking;
  std::optional<std::string_view> fault;
  std::optional<std::string_view> chunk;
  std::optional<std::string_view> packet;
  std::vector<ToolDirective> tools;
};

Directives ParseDirectives(std::string_view message);

}  // namespace portcullis::sim
