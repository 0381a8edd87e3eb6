// Checks of the raw text before a YAML parser sees it, and help with what the parser says afterwards.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::config {

struct TextProblem {
  size_t offset = 0;  // byte
  std::string message;
  std::string suggestion;
};

// NUL bytes (UTF-16 among them) and invalid UTF-8: the first.
std::optional<TextProblem> CheckBytes(std::string_view text);

// The first tab that indents a line.
std::optional<TextProblem> FindIndentationTab(std::string_view text);

// Where line `number` (from 1) is indented deeper than the line above it, which has a value already: what
// people do when the parser complains of a ":".
std::optional<TextProblem> FindMisalignment(std::string_view text, int number);

// Whether the quoted string that begins at `offset` (a ' or ") is closed.
bool IsClosed(std::string_view text, size_t offset);

}  // namespace portcullis::config
