// The built-in rules of safety-filter, by language family. Patterns: scan/phrase_pattern.h.
//
// Each rule names what is asked for or offered so plainly that the words alone suffice; what merely mentions
// a subject must pass. A rule's name is category and language: "weapons.en".
#pragma once

#include <span>
#include <string_view>

#include "services/policy/domain/scan/phrase_pattern.h"

namespace portcullis::policy {

struct SafetyRule {
  std::string_view name;
  std::string_view pattern;
};

std::span<const SafetyRule> EnglishSafetyRules();
std::span<const SafetyRule> GermanSafetyRules();
std::span<const SafetyRule> RomanceSafetyRules();  // French, Spanish, Italian

// What the modes add to these: critical_infrastructure, automotive, education, law_enforcement.
std::span<const SafetyRule> InfrastructureRules();
std::span<const SafetyRule> AutomotiveRules();
std::span<const SafetyRule> EducationRules();
std::span<const SafetyRule> LawEnforcementRules();

// The word sets that the patterns name with "@".
const WordSets& SafetyWordSets();

}  // namespace portcullis::policy
