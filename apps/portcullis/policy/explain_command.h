// `portcullis policy explain`: which rule found which bytes of a text, why, what becomes of it, and what it
// costs.
#pragma once

#include <iosfwd>
#include <string>

#include "libs/base/clock.h"
#include "libs/config/environment.h"
#include "services/policy/domain/direction.h"

namespace portcullis::app {

struct ExplainOptions {
  std::string policy_config = "policy-config.yaml";
  std::string text;
  policy::Role role = policy::Role::kUser;
  policy::Direction direction = policy::Direction::kInput;
  bool json = false;
};

// Returns 0, or 2 when the configuration cannot be used.
int RunExplain(const ExplainOptions& options, const config::Environment& environment,
               const base::Clock& clock, std::ostream& out, std::ostream& err);

}  // namespace portcullis::app
