// AxonFlow's YAML and environment variables, said in our configuration's words.
#pragma once

#include <string>
#include <vector>

#include "apps/config/axonflow/actions.h"
#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"

namespace portcullis::app::axonflow {

// Puts targets, strategy, weights, actions and the deployment mode into `document`, which is the operator's
// file or the built-in policies (`base`). `file`, which may be null, is AxonFlow's YAML. The YAML wins over
// the environment; a file of ours wins over both. Every node keeps the place from which it came.
// Nothing is put in for providers when nobody names one.
void Translate(const config::Document* file, const config::Environment& environment, Base base,
               config::Document& document, config::Issues& issues);

// A setting in effect and where it came from.
struct Origin {
  std::string path;
  std::string value;  // a key is masked
  std::string from;   // "axonflow.yaml:9:14", "MISTRAL_MODEL"
};

// Of the settings that Translate may set those that do not stand in the document's own text.
std::vector<Origin> Origins(const config::Document& document);

}  // namespace portcullis::app::axonflow
