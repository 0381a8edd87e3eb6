// AxonFlow's YAML: `version`, `llm_providers`, `connectors`.
#pragma once

#include <vector>

#include "apps/config/axonflow/providers.h"
#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"

namespace portcullis::app::axonflow {

// Whether the root of a document has AxonFlow's form and not ours.
bool IsAxonFlow(const config::Node& root);

// The providers that the file switches on, in its order. Positions have `source`. What is wrong (unknown
// keys, wrong types, broken references) and what has no counterpart here is reported at its place in `file`.
std::vector<Provider> ReadProviders(config::Document file, int source, const config::Environment& environment,
                                    config::Issues& issues);

}  // namespace portcullis::app::axonflow
