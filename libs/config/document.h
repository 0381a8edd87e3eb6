// One configuration file, read and checked as YAML: positions kept, nothing interpreted yet.
//
// Accepted: one YAML 1.2 document of UTF-8 whose root is a mapping with plain keys. Anchors, aliases and
// merge keys (<<) work within the bounds below. Duplicate keys, own tags, several documents and unclosed
// quotes are errors. Nothing throws: whatever yaml-cpp throws becomes an issue.
//
// Values can be overridden by path (flags of the command line); issues then name the flag in place of a line.
// Nodes of another document can be put in (Set), with their places there (AddSource).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libs/config/issues.h"
#include "libs/config/node.h"

namespace portcullis::config {

struct YamlProblem;

struct DocumentLimits {
  size_t max_bytes = 1 << 20;          // of the text
  int max_depth = 64;                  // of nested lists and mappings
  size_t max_keys = 5'000;             // of one mapping
  size_t max_nodes = 100'000;          // after aliases are expanded
  size_t max_scalar_bytes = 4u << 20;  // of all scalars and keys, after aliases are expanded
};

class Document {
 public:
  // Parses `text`. With errors in the YAML itself the root is what could be read before them, and `issues`
  // says why; callers go on to interpret it only when there was no syntax error.
  static Document Parse(std::string name, std::string text, Issues& issues,
                        const DocumentLimits& limits = {});

  // Reads and parses a file; a file that cannot be read is an issue.
  static Document Load(const std::string& file, Issues& issues, const DocumentLimits& limits = {});

  const Node& root() const { return root_; }
  const std::string& name() const { return sources_.front().name; }
  const std::string& text() const { return sources_.front().text; }

  // Whether the text was read to its end; false = a syntax error or a limit stopped the parser.
  bool complete() const { return complete_; }

  // Sets the scalar (one value) or list (several, or `list`) at a path of plain keys, "gateway.listen",
  // creating mappings on the way. `origin` names it in issues: "--listen".
  void Override(std::string_view path, const std::vector<std::string>& values, bool list, std::string origin);

  // Puts a node at a path of plain keys, in place of what is there, creating mappings on the way.
  void Set(std::string_view path, Node node);

  // Where nodes to be put in come from: something without lines, "MISTRAL_MODEL", or another document.
  // Returns the `Position::source` that such nodes must have.
  int AddSource(std::string origin);
  int AddSource(const Document& other);

  // The node at "providers.targets[2].id", or null.
  const Node* Find(std::string_view path) const;

  // The place for an issue about `path`: of its key, else of the nearest ancestor that exists, else none.
  Position Locate(std::string_view path) const;
  // The same, but the place of the value when there is one.
  Position LocateValue(std::string_view path) const;

  // Adds an issue, with file name and source line filled in.
  void Report(Issues& issues, Severity severity, const char* code, std::string path, const Position& position,
              std::string message, std::string suggestion = "") const;

  // A line of a source's text without its end, from 1; "" beyond the last.
  std::string_view Line(int number, int source = 0) const;

  // "policy-config.yaml:12:5", or the flag.
  std::string Place(const Position& position) const;

 private:
  struct Source {
    std::string name;
    std::string text = {};
    std::vector<size_t> line_starts = {0};
  };

  Node* Make(std::string_view path, const Position& position);
  void Check(Issues& issues, const DocumentLimits& limits);
  Position PlaceOf(size_t offset) const;
  // Finds the cause behind what the parser said.
  void Explain(YamlProblem& problem) const;
  Position LocateEither(std::string_view path, bool value) const;

  std::vector<Source> sources_;  // the first is the document's own
  Node root_;
  bool complete_ = false;
};

}  // namespace portcullis::config
