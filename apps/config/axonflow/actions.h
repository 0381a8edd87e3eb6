// AxonFlow's variables for what policies do: PII_ACTION, SQLI_ACTION, profiles, DEPLOYMENT_MODE.
#pragma once

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"

namespace portcullis::app::axonflow {

// Whose policies a document has.
enum class Base {
  kOwnFile,  // the operator's: what the file says wins over variables, and its chain is left alone
  kBuiltIn,  // ours: variables win, and policies that they ask for join the chain
};

// Puts what the variables say into `document`. An explicit variable goes before AXONFLOW_ENFORCE, and that
// before AXONFLOW_PROFILE. Reported: values that no variable has, variables without effect here, and those
// that the file overrules.
void AddActions(const config::Environment& environment, Base base, config::Document& document,
                config::Issues& issues);

}  // namespace portcullis::app::axonflow
