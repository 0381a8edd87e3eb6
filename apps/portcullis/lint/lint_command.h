// `portcullis policy lint`: is this configuration valid?
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/config/environment.h"

namespace portcullis::app {

inline constexpr int kLintOk = 0;
inline constexpr int kLintFailed = 2;

// Arguments after `policy lint`:
//   --file F   the configuration (default policy-config.yaml): ours, AxonFlow's YAML, or with two one of each
//   --json     one JSON object instead of text
//   --strict   warnings fail too
//
// Text: "OK F is valid", pack, chain and number of policies; or every problem with line and caret.
// JSON: {valid, file, pack: {name, version}, chain, policy_count, warnings} or {valid: false, file, errors,
// warnings}; an error is {severity, code, path, message, suggestion, file, line, column}. `environment`
// gives API keys and AxonFlow's variables, as at a start; `clock` decides what has expired. Returns kLintOk, or
// kLintFailed for an invalid configuration or wrong arguments.
int RunLint(const std::vector<std::string>& args, const config::Environment& environment,
            const base::Clock& clock, std::ostream& out);

}  // namespace portcullis::app
