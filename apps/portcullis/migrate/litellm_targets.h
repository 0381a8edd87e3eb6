// LiteLLM's `model_list` as targets and groups.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/portcullis/migrate/migration.h"

namespace portcullis::app {

struct LiteLlmTargets {
  config::Node targets;                                 // a list
  std::map<std::string, std::vector<std::string>> ids;  // by model_name, in the order of the file
  std::vector<std::string> names;                       // model_names in that order
  bool has_weights = false;
};

// What cannot be carried over is told.
LiteLlmTargets ReadModelList(const config::Node& model_list, Remarks& remarks);

}  // namespace portcullis::app
