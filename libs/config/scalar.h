// A node as the value of one setting: type, range, choices, form.
#pragma once

#include <string>

#include "libs/config/node.h"
#include "libs/config/setting.h"

namespace portcullis::config {

struct ScalarProblem {
  const char* code;
  std::string message;  // follows the setting's path: "must be at least 1, not 0"
  std::string suggestion;
  Position position;  // of the offending part
};

// The value; or monostate, with what is wrong in `problem`. Not for sections.
Value ParseValue(const Setting& setting, const Node& node, ScalarProblem& problem);

// "integer", "text", "list of texts", ...
std::string TypeName(Type type);

// What a value may be: "1 to 10", "at least 1", "`block`, `redact`"; "" = anything of the type. Backticks
// when `markdown`.
std::string Allowed(const Setting& setting, bool markdown);

}  // namespace portcullis::config
