// The only place that talks to yaml-cpp: text in, tree of nodes out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/node.h"

namespace portcullis::config {

struct YamlProblem {
  const char* code;
  Position position;  // column in bytes; the document turns it into characters
  std::string message;
  std::string suggestion;
  bool about_colon = false;  // the parser met a ":" that it did not expect
  Position first = {};       // of the earlier key, when the problem is a duplicate
};

struct YamlTree {
  Node root;  // columns in bytes
  std::vector<YamlProblem> problems;
  std::vector<Position> quoted;  // where quoted strings begin
  bool complete = false;         // read to the end of the text
};

// `text` must have passed CheckBytes. Never throws.
YamlTree ParseYaml(const std::string& text, const DocumentLimits& limits);

}  // namespace portcullis::config
