// The categories of harm that safety-filter knows, and what others call them: Mistral's moderation, OpenAI's
// moderation and the hazards of MLCommons (S1 to S14, as Llama Guard numbers them).
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace portcullis::policy {

struct SafetyCategory {
  std::string_view name;     // in rules and the configuration: "weapons"
  std::string_view reason;   // for people, as a noun
  std::string_view mistral;  // "" where there is none
  std::string_view openai;
  std::string_view mlcommons;
};

std::span<const SafetyCategory> SafetyCategories();

// The category of a rule ("weapons.en"), or null.
const SafetyCategory* SafetyCategoryOf(std::string_view rule);

}  // namespace portcullis::policy
