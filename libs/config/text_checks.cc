#include "libs/config/text_checks.h"

#include <algorithm>

namespace portcullis::config {
namespace {

// The length of the UTF-8 sequence at `at`, or 0 when it is invalid (RFC 3629: no surrogates, no overlong
// forms).
size_t SequenceLength(std::string_view text, size_t at) {
  auto byte = [&](size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first < 0xE0) return follows(at + 1) ? 2 : 0;
  const unsigned second = byte(at + 1);
  if (first < 0xF0) {
    const bool bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F);
    return !bad && follows(at + 1) && follows(at + 2) ? 3 : 0;
  }
  const bool bad = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return !bad && follows(at + 1) && follows(at + 2) && follows(at + 3) ? 4 : 0;
}

}  // namespace

std::optional<TextProblem> CheckBytes(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\0') {
      return TextProblem{at, "the file holds a NUL byte",
                         "save the file as UTF-8 text (UTF-16 and binary files are not read)"};
    }
    const size_t length = SequenceLength(text, at);
    if (length == 0) {
      return TextProblem{at, "the file is not valid UTF-8 here", "save the file as UTF-8"};
    }
    at += length;
  }
  return std::nullopt;
}

std::optional<TextProblem> FindIndentationTab(std::string_view text) {
  for (size_t line = 0; line < text.size();) {
    size_t end = text.find('\n', line);
    if (end == text.npos) end = text.size();
    size_t at = line;
    while (at < end && text[at] == ' ') ++at;
    if (at < end && text[at] == '\t' && text.find_first_not_of(" \t\r", at) < end) {
      return TextProblem{at, "a tab indents this line; YAML indents with spaces only",
                         "replace the tab by spaces"};
    }
    line = end + 1;
  }
  return std::nullopt;
}

std::optional<TextProblem> FindMisalignment(std::string_view text, int number) {
  std::string_view above, line;
  size_t begin = 0;
  for (int current = 1; current <= number && begin <= text.size(); ++current) {
    if (!line.empty() && line.find_first_not_of(" \t\r") != line.npos) above = line;
    const size_t end = std::min(text.find('\n', begin), text.size());
    line = text.substr(begin, end - begin);
    if (current < number) begin = end + 1;
  }
  const size_t indent = line.find_first_not_of(' '), above_indent = above.find_first_not_of(' ');
  const size_t colon = above.find(": ");
  if (indent == line.npos || above_indent == above.npos || indent <= above_indent || colon == above.npos ||
      above[above_indent] == '-' || above.find_first_not_of(" \r", colon + 1) == above.npos) {
    return std::nullopt;
  }
  return TextProblem{begin + indent,
                     "this line is indented deeper than the line above it, which has a value already",
                     "give both lines the same indentation"};
}

bool IsClosed(std::string_view text, size_t offset) {
  const char quote = text[offset];
  for (size_t at = offset + 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return true;
      ++at;  // '' inside single quotes is one quote
    }
  }
  return false;
}

}  // namespace portcullis::config
