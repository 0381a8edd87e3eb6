// The built-in rules of prompt-injection, by category and language family. Patterns: scan/phrase_pattern.h.
//
// A rule is a signal: its name is category, kind and language ("instruction_override.en"), its weight how
// sure one is that a text which shows it attacks (0..1). Several patterns may share a name: they count once,
// with the greatest weight. Signals of different names add up: 1 - product of (1 - weight). Plain overrides
// weigh less than 0.95 each, so that a threshold of 0.95 asks for more than one signal.
#pragma once

#include <span>
#include <string_view>

#include "services/policy/domain/scan/phrase_pattern.h"

namespace portcullis::policy {

struct InjectionRule {
  std::string_view name;
  double weight;
  std::string_view pattern;
};

std::span<const InjectionRule> EnglishOverrideRules();
std::span<const InjectionRule> EnglishPersonaRules();
std::span<const InjectionRule> EnglishLeakRules();  // system prompt extraction, exfiltration
std::span<const InjectionRule> EnglishIndirectRules();
std::span<const InjectionRule> GermanInjectionRules();
std::span<const InjectionRule> RomanceInjectionRules();  // French, Spanish, Italian

// Text that counts letter by letter, in any case: role tags and delimiters of chat templates.
std::span<const InjectionRule> DelimiterRules();

// How a later turn of a user speaks of what earlier ones said. Nothing is wrong with such a phrase alone:
// these are no signals (injection/conversation.h).
std::span<const InjectionRule> MultiTurnCues();

// The word sets that the patterns name with "@".
const WordSets& InjectionWordSets();

// What a category means: "instruction_override" is "the text tries to override the instructions it stands
// under".
std::string_view InjectionReason(std::string_view category);

}  // namespace portcullis::policy
