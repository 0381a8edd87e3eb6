// What yaml-cpp says of broken YAML, in words that tell people what to do.
#pragma once

#include <string>

#include "libs/config/yaml_tree.h"

namespace portcullis::config {

inline constexpr char kUnclosedBracket[] = "this bracket is never closed";

// `said`: the message of a YAML::Exception (yaml-cpp 0.7); others are passed on as they are.
YamlProblem Translate(const std::string& said, const Position& position);

}  // namespace portcullis::config
