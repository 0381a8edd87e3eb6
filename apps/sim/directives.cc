#include "apps/sim/directives.h"

namespace portcullis::sim {
namespace {

constexpr std::string_view kNames[] = {"say:", "think:", "thinking:", "tool:", "fault:", "chunk:", "packet:"};

// The directive that `line` starts with; empty when it starts with none.
std::string_view DirectiveOf(std::string_view line) {
  for (const std::string_view name : kNames) {
    if (line.starts_with(name)) return name;
  }
  return {};
}

bool RunsOn(std::string_view name) { return name == "say:" || name == "think:" || name == "thinking:"; }

size_t LineEnd(std::string_view text, size_t from) {
  const size_t end = text.find('\n', from);
  return end == std::string_view::npos ? text.size() : end;
}

// The end of a value that runs on over lines: the line feed before the next directive, or the end.
size_t BlockEnd(std::string_view text, size_t from) {
  size_t end = LineEnd(text, from);
  while (end < text.size() && DirectiveOf(text.substr(end + 1)).empty()) end = LineEnd(text, end + 1);
  return end;
}

ToolDirective ParseTool(std::string_view value) {
  const size_t space = value.find(' ');
  const std::string_view name = value.substr(0, space);
  if (space == std::string_view::npos) return {.name = name, .arguments = "{}"};
  return {.name = name, .arguments = value.substr(space + 1)};
}

void Store(std::string_view name, std::string_view value, Directives& directives) {
  if (name == "say:") directives.say = value;
  if (name == "think:") directives.think = value;
  if (name == "thinking:") directives.thinking = value;
  if (name == "fault:") directives.fault = value;
  if (name == "chunk:") directives.chunk = value;
  if (name == "packet:") directives.packet = value;
  if (name == "tool:") directives.tools.push_back(ParseTool(value));
}

}  // namespace

Directives ParseDirectives(std::string_view message) {
  Directives directives;
  for (size_t line = 0; line < message.size();) {
    const std::string_view name = DirectiveOf(message.substr(line));
    size_t end = LineEnd(message, line);
    if (!name.empty()) {
      if (RunsOn(name)) end = BlockEnd(message, line);
      std::string_view value = message.substr(line + name.size(), end - line - name.size());
      if (value.starts_with(' ')) value.remove_prefix(1);
      Store(name, value, directives);
    }
    line = end + 1;
  }
  return directives;
}

}  // namespace portcullis::sim
