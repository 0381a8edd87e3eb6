#include "libs/config/document.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/text_checks.h"
#include "libs/config/tree.h"
#include "libs/config/yaml_tree.h"

namespace portcullis::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

int Characters(std::string_view bytes) {
  return static_cast<int>(std::count_if(
      bytes.begin(), bytes.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Turns byte columns and lengths into characters.
void Recount(const Document& document, Position& position) {
  const std::string_view line = document.Line(position.line);
  const size_t begin = std::min<size_t>(std::max(position.column - 1, 0), line.size());
  const int length = Characters(line.substr(begin, std::max(position.length, 1)));
  position.column = Characters(line.substr(0, begin)) + 1;
  position.length = std::max(1, length);
}

void Recount(const Document& document, Node& node) {
  Recount(document, node.position);
  for (Node& item : node.items) Recount(document, item);
  for (Entry& entry : node.entries) {
    Recount(document, entry.position);
    Recount(document, entry.value);
  }
}

}  // namespace

Document Document::Parse(std::string name, std::string text, Issues& issues, const DocumentLimits& limits) {
  Document document;
  if (text.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0) text.erase(0, kByteOrderMark.size());
  Source& source = document.sources_.emplace_back(Source{std::move(name), std::move(text)});
  for (size_t i = 0; i < source.text.size() && i < limits.max_bytes; ++i) {
    if (source.text[i] == '\n') source.line_starts.push_back(i + 1);
  }
  document.Check(issues, limits);
  return document;
}

Document Document::Load(const std::string& file, Issues& issues, const DocumentLimits& limits) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  if (in) {
    text.resize(limits.max_bytes + 1);  // one more than allowed, to see that there is more
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
  }
  if (!in.is_open() || in.bad() || (in.fail() && !in.eof())) {
    Document document;
    document.sources_.push_back(Source{file});
    document.Report(issues, Severity::kError, code::kUnreadable, "", {}, "the file cannot be read",
                    "check that it exists, is a file and may be read by this user");
    return document;
  }
  return Parse(file, std::move(text), issues, limits);
}

Position Document::PlaceOf(size_t offset) const {
  const std::vector<size_t>& starts = sources_.front().line_starts;
  const auto next = std::upper_bound(starts.begin(), starts.end(), offset);
  const int line = static_cast<int>(next - starts.begin());
  Position position{line, static_cast<int>(offset - starts[line - 1]) + 1, 1, 0};
  Recount(*this, position);
  return position;
}

void Document::Check(Issues& issues, const DocumentLimits& limits) {
  auto fail = [&](const char* code, const Position& place, std::string message, std::string suggestion) {
    Report(issues, Severity::kError, code, "", place, std::move(message), std::move(suggestion));
  };
  if (text().size() > limits.max_bytes) {
    fail(code::kTooLarge, {}, base::StrCat("the file is larger than ", limits.max_bytes, " bytes"), "");
    return;
  }
  if (auto problem = CheckBytes(text())) {
    fail(code::kSyntax, PlaceOf(problem->offset), problem->message, problem->suggestion);
    return;
  }
  YamlTree tree = ParseYaml(text(), limits);
  for (const Position& quoted : tree.quoted) {
    const size_t offset = sources_.front().line_starts[quoted.line - 1] + quoted.column - 1;
    const bool is_quote = offset < text().size() && (text()[offset] == '"' || text()[offset] == '\'');
    if (!is_quote || IsClosed(text(), offset)) continue;
    fail(code::kSyntax, PlaceOf(offset), "this quoted string is never closed", "add the closing quote");
    return;
  }
  for (YamlProblem& problem : tree.problems) {
    Explain(problem);
    fail(problem.code, problem.position, std::move(problem.message), std::move(problem.suggestion));
  }
  complete_ = tree.complete;
  root_ = std::move(tree.root);
  Recount(*this, root_);
}

void Document::Explain(YamlProblem& problem) const {
  Recount(*this, problem.position);
  if (problem.first.line > 0) {
    Position first = problem.first;
    Recount(*this, first);
    problem.suggestion = base::StrCat("the first is at ", Place(first), "; ", problem.suggestion);
    return;
  }
  if (problem.code != code::kSyntax) return;
  auto cause = FindIndentationTab(text());
  if (!cause || PlaceOf(cause->offset).line > problem.position.line) {
    cause = problem.about_colon ? FindMisalignment(text(), problem.position.line) : std::nullopt;
  }
  if (!cause) return;
  problem.position = PlaceOf(cause->offset);
  problem.message = cause->message;
  problem.suggestion = cause->suggestion;
}

const Node* Document::Find(std::string_view path) const {
  const Node* node = &root_;
  for (const PathStep& step : SplitPath(path)) {
    if (step.index >= 0) {
      const bool exists = node->is_sequence() && static_cast<size_t>(step.index) < node->items.size();
      node = exists ? &node->items[step.index] : nullptr;
    } else {
      node = node->Find(step.key);
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

Position Document::LocateEither(std::string_view path, bool value) const {
  const Node* node = &root_;
  Position position;
  for (const PathStep& step : SplitPath(path)) {
    if (step.index >= 0) {
      if (!node->is_sequence() || static_cast<size_t>(step.index) >= node->items.size()) return position;
      node = &node->items[step.index];
      position = node->position;
      continue;
    }
    auto entry = std::find_if(node->entries.begin(), node->entries.end(),
                              [&](const Entry& e) { return e.key == step.key; });
    if (entry == node->entries.end()) return position;
    position = entry->position;
    node = &entry->value;
  }
  const bool one_line = node->is_scalar() || node->is_sequence();
  return value && one_line && node->position.line > 0 ? node->position : position;
}

Position Document::Locate(std::string_view path) const { return LocateEither(path, false); }
Position Document::LocateValue(std::string_view path) const { return LocateEither(path, true); }

// The node at a path, made where it is missing; null when the path leads beyond a list.
Node* Document::Make(std::string_view path, const Position& position) {
  Node* node = &root_;
  for (const PathStep& step : SplitPath(path)) {
    if (step.index >= 0) {
      if (!node->is_sequence() || static_cast<size_t>(step.index) >= node->items.size()) return nullptr;
      node = &node->items[step.index];
      continue;
    }
    if (!node->is_mapping()) *node = MappingNode(position);
    auto entry = std::find_if(node->entries.begin(), node->entries.end(),
                              [&](const Entry& e) { return e.key == step.key; });
    if (entry == node->entries.end()) {
      node->entries.push_back({std::string(step.key), position, Node{}});
      entry = std::prev(node->entries.end());
    }
    node = &entry->value;
  }
  return node;
}

int Document::AddSource(std::string origin) {
  sources_.push_back(Source{std::move(origin)});
  return static_cast<int>(sources_.size()) - 1;
}

int Document::AddSource(const Document& other) {
  sources_.push_back(other.sources_.front());
  return static_cast<int>(sources_.size()) - 1;
}

void Document::Set(std::string_view path, Node node) {
  if (Node* place = Make(path, node.position)) *place = std::move(node);
}

void Document::Override(std::string_view path, const std::vector<std::string>& values, bool list,
                        std::string origin) {
  Position position;
  position.source = AddSource(std::move(origin));
  if (!list && values.size() == 1) return Set(path, TextNode(values.front(), position));
  Set(path, ListNode(values, position));
}

void Document::Report(Issues& issues, Severity severity, const char* code, std::string path,
                      const Position& position, std::string message, std::string suggestion) const {
  Issue issue;
  issue.severity = severity;
  issue.code = code;
  issue.path = std::move(path);
  issue.file = sources_[position.source].name;
  issue.message = std::move(message);
  issue.suggestion = std::move(suggestion);
  if (position.line > 0) {
    issue.line = position.line;
    issue.column = position.column;
    issue.length = position.length;
    issue.source = std::string(Line(position.line, position.source));
  }
  issues.Add(std::move(issue));
}

std::string_view Document::Line(int number, int source) const {
  const auto& [name, text, starts] = sources_[source];
  if (number < 1 || static_cast<size_t>(number) > starts.size()) return {};
  const size_t begin = starts[number - 1];
  std::string_view line = std::string_view(text).substr(begin, text.find('\n', begin) - begin);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string Document::Place(const Position& position) const {
  const std::string& name = sources_[position.source].name;
  if (position.line == 0) return name;
  return base::StrCat(name, ":", position.line, ":", position.column);
}

}  // namespace portcullis::config
