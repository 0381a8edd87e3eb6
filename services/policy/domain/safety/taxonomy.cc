#include "services/policy/domain/safety/taxonomy.h"

namespace portcullis::policy {

std::span<const SafetyCategory> SafetyCategories() {
  static constexpr SafetyCategory kCategories[] = {
      {"weapons", "a request or instructions for weapons or explosives", "dangerous", "illicit/violent",
       "S9"},
      {"drugs", "a request or instructions for making or dealing illegal drugs", "dangerous", "illicit",
       "S2"},
      {"self_harm", "encouragement of or instructions for self-harm", "selfharm", "self-harm/instructions",
       "S11"},
      {"minors", "sexual content about minors", "sexual", "sexual/minors", "S4"},
      {"hate", "hate against people for what they are", "hate_and_discrimination", "hate", "S10"},
      {"cyber_crime", "a request or instructions for computer crime", "criminal", "illicit", "S2"},
      {"fraud", "a request or instructions for fraud", "criminal", "illicit", "S2"},
      {"violence", "a threat, a request or instructions for violence", "violence_and_threats", "violence",
       "S1"},
      {"crime", "a request or instructions for crime", "criminal", "illicit", "S2"},
      {"infrastructure", "a request or instructions for attacks on plants and networks that people live on",
       "dangerous", "illicit/violent", "S1"},
      {"vehicles", "a request or instructions that make vehicles unsafe or steal them", "dangerous",
       "illicit", "S2"},
      {"cheating", "a request to cheat in school or examinations", "", "", ""},
      {"adult", "sexual content, gambling or alcohol, which is not for pupils", "sexual", "sexual", "S12"},
      {"obstruction", "a request or instructions for evading or impersonating the police", "criminal",
       "illicit", "S2"},
  };
  return kCategories;
}

const SafetyCategory* SafetyCategoryOf(std::string_view rule) {
  const std::string_view name = rule.substr(0, rule.find('.'));
  for (const SafetyCategory& category : SafetyCategories()) {
    if (category.name == name) return &category;
  }
  return nullptr;
}

}  // namespace portcullis::policy
