// What is wrong with a configuration: every problem at once, each with its place and a way out.
//
// Rendering: as a compiler does, so that editors and people find the place:
//   policy-config.yaml:12:5: error: unknown key "treshold" in policy.prompt-injection [E002]
//      12 |     treshold: 0.8
//         |     ^~~~~~~~
//         = did you mean "threshold"?
// Issues quote lines of the file; secrets in them are masked when the issue is added, so no issue holds one.
// Not thread-safe. At most kMaxIssues are kept; the rest is counted.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

enum class Severity { kError, kWarning, kNote };

std::string_view SeverityName(Severity severity);  // "error", "warning", "note"

struct Issue {
  Severity severity = Severity::kError;
  std::string code;        // codes.h
  std::string path;        // "providers.targets[2].id"; "" = the file as a whole
  std::string file;        // or the flag or variable which gave the value: "--listen"
  int line = 0;            // from 1; 0 = no line
  int column = 0;          // from 1, in characters
  int length = 1;          // characters to underline
  std::string message;     // one sentence, without a full stop
  std::string suggestion;  // how to fix it; may be empty
  std::string source;      // the line; empty = none to show
};

class Issues {
 public:
  static constexpr size_t kMaxIssues = 200;

  void Add(Issue issue);

  bool ok() const { return count(Severity::kError) == 0; }
  size_t count(Severity severity) const { return counts_[static_cast<size_t>(severity)]; }
  const std::vector<Issue>& all() const { return issues_; }

  // By place in the files: the order in which a person mends them. Flags come first.
  void Sort();

  // All of them as above, then a line of totals; "" when there are none.
  std::string Text() const;

 private:
  std::vector<Issue> issues_;
  size_t counts_[3] = {0, 0, 0};
};

// One issue: the place line, the source line with its caret, the suggestion; each ends with a newline.
std::string Render(const Issue& issue);

// {"severity","code","path","message","suggestion","file","line","column"}
nlohmann::ordered_json ToJson(const Issue& issue);

}  // namespace portcullis::config
