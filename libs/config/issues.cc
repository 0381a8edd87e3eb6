#include "libs/config/issues.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "libs/base/strings.h"
#include "libs/config/redact.h"

namespace portcullis::config {
namespace {

constexpr int kMaxShown = 160;  // characters of a source line

std::string Place(const Issue& issue) {
  std::string place = issue.file;
  if (issue.line > 0) place += base::StrCat(":", issue.line, ":", issue.column);
  return place;
}

// The bytes of `line` from character `begin`, at most `count` characters.
std::string_view Characters(std::string_view line, int begin, int count) {
  auto advance = [&](size_t at, int characters) {
    while (at < line.size() && characters > 0) {
      ++at;
      while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;
      --characters;
    }
    return at;
  };
  const size_t from = advance(0, begin);
  return line.substr(from, advance(from, count) - from);
}

std::string Counted(size_t count, std::string_view what) {
  return base::StrCat(count, " ", what, count == 1 ? "" : "s");
}

std::string Excerpt(const Issue& issue) {
  const int first = issue.column > kMaxShown - 20 ? issue.column - 40 : 0;
  const std::string number = std::to_string(issue.line);
  const std::string margin(number.size() < 5 ? 5 - number.size() : 0, ' ');
  const std::string blank(margin.size() + number.size(), ' ');
  const std::string_view shown = Characters(issue.source, first, kMaxShown);
  const int room = std::max(1, kMaxShown - (issue.column - 1 - first));
  const int underline = std::clamp(issue.length, 1, room);
  return base::StrCat(margin, number, " | ", shown, "\n", blank, " | ",
                      std::string(std::max(0, issue.column - 1 - first), ' '), "^",
                      std::string(underline - 1, '~'), "\n");
}

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "error";
}

void Issues::Add(Issue issue) {
  ++counts_[static_cast<size_t>(issue.severity)];
  if (issues_.size() >= kMaxIssues) return;
  issue.source = MaskLine(issue.source);
  for (char& c : issue.source) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';  // tabs, and escapes for terminals
  }
  issues_.push_back(std::move(issue));
}

void Issues::Sort() {
  std::stable_sort(issues_.begin(), issues_.end(), [](const Issue& a, const Issue& b) {
    const bool a_has_line = a.line > 0;
    const bool b_has_line = b.line > 0;
    if (!a_has_line || !b_has_line) return a_has_line < b_has_line;
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
}

std::string Issues::Text() const {
  std::string text;
  for (const Issue& issue : issues_) text += Render(issue);
  if (issues_.empty()) return text;
  const size_t total = counts_[0] + counts_[1] + counts_[2];
  if (total > issues_.size()) text += base::StrCat("... and ", total - issues_.size(), " more\n");
  return text + base::StrCat(Counted(counts_[0], "error"), ", ", Counted(counts_[1], "warning"), ", ",
                             Counted(counts_[2], "note"), "\n");
}

std::string Render(const Issue& issue) {
  std::string text = base::StrCat(Place(issue), ": ", SeverityName(issue.severity), ": ", issue.message, " [",
                                  issue.code, "]\n");
  if (!issue.source.empty() && issue.line > 0) text += Excerpt(issue);
  if (!issue.suggestion.empty()) text += base::StrCat("      = ", issue.suggestion, "\n");
  return text;
}

nlohmann::ordered_json ToJson(const Issue& issue) {
  nlohmann::ordered_json json;
  json["severity"] = SeverityName(issue.severity);
  json["code"] = issue.code;
  json["path"] = issue.path;
  json["message"] = issue.message;
  json["suggestion"] = issue.suggestion;
  json["file"] = issue.file;
  json["line"] = issue.line;
  json["column"] = issue.column;
  return json;
}

}  // namespace portcullis::config
