// Where in the file a rule stands that does not compile.
#pragma once

#include "absl/status/status.h"
#include "apps/config/load_config.h"

namespace portcullis::app {

// Whether `status` is about a rule or an option of a policy.
bool NamesPolicy(const absl::Status& status);

// Adds the problem as an error with its place to the issues of `config`, which was read from a file without
// errors. `status` is what compiling its chain said: "<kind>: <key>: <what is wrong>". OK adds nothing.
void AddCompileProblem(const absl::Status& status, LoadedConfig* config);

}  // namespace portcullis::app
