// Configurations to begin with, each with tests that it passes.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace portcullis::app {

struct PolicyTemplate {
  std::string_view name;
  std::string_view help;
  std::string_view policies;  // YAML: policies and policy
  std::string_view tests;     // JSON: the content of tests/<name>.json
};

std::span<const PolicyTemplate> PolicyTemplates();

// The whole policy-config.yaml of a template: its policies, a pack and one Mistral target.
std::string ConfigOf(const PolicyTemplate& chosen);

}  // namespace portcullis::app
