// Environment variables in AxonFlow's YAML.
#pragma once

#include <string>
#include <string_view>

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"

namespace portcullis::app::axonflow {

// Replaces `$NAME`, `${NAME}` and `${NAME:-default}` in the values below `node`. A variable that is unset or
// empty gives its default, else nothing; what is empty afterwards is taken out, as if nobody had written it.
// Values are replaced after the YAML was read: what a variable holds is text and never structure.
// Reported at their place in `document`: a `${` that is not closed, a name that no variable has.
void Interpolate(const config::Document& document, const config::Environment& environment, config::Node& node,
                 config::Issues& issues);

// The variable of which `text` is a reference and nothing else, "" = it is something else. Of
// `${NAME:-default}` it is the variable when that is set.
std::string OnlyVariable(std::string_view text, const config::Environment& environment);

}  // namespace portcullis::app::axonflow
