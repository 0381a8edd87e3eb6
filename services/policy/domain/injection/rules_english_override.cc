// English: set the instructions aside.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> EnglishOverrideRules() {
  static constexpr InjectionRule kRules[] = {
      // "Ignore all of the previous instructions", "forget the above prompt"
      {"instruction_override.en", 0.85, "@ignore ..4 @prior ..1 @orders"},
      {"instruction_override.en", 0.85, "do not|dont follow|obey ..3 @prior ..1 @orders"},
      // "Ignore all instructions", "disregard your guidelines"
      {"instruction_override.en", 0.85, "@ignore and? forget? all|any|every|your|these|those ..2 @orders"},
      {"instruction_override.en", 0.85, "@ignore instructions|directives"},
      {"instruction_override.en", 0.85,
       "@ignore the instructions|directives|rules|guidelines|prompt above|before"},
      // "Forget everything you were told", "ignore what was said above"
      {"instruction_override.en", 0.85,
       "@ignore ..1 everything|anything|all|whatever|what that|which? you|i|we|was|is|has ..3 "
       "told|said|instructed|learned|learnt|written|given|asked|know|taught"},
      {"instruction_override.en", 0.85,
       "@ignore ..1 everything|anything|all|whatever|text before|above|prior|previous|previously|earlier|"
       "preceding"},
      {"instruction_override.en", 0.85, "@ignore ..2 content|text|stuff|part above|before"},
      {"instruction_override.en", 0.85,
       "@ignore ..2 above and|then ..1 instead|say|tell|print|do|write|output|answer|translate"},
      {"instruction_override.en", 0.85,
       "@ignore about? all|any ..3 "
       "boundaries|limits|limitations|restrictions|rules|ethics|morals|laws|guidelines"},
      {"instruction_override.en", 0.85,
       "@ignore ..3 @prior inputs|input|text|prompts|questions|requests|statements|information"},
      {"instruction_override.en", 0.85, "regardless|irrespective|instead of ..2 @prior ..1 @orders"},
      {"instruction_override.en", 0.85,
       "stop|quit following|obeying ..2 instructions|rules|guidelines|orders"},
      // "These are your new instructions", "from now on you obey"
      {"instruction_override.new.en", 0.6,
       "your|my new instructions|instruction|directive|directives|orders|task are|is"},
      {"instruction_override.new.en", 0.6,
       "new instructions|directive|directives|rules override|overrides|supersede|replace|follow|begin|for"},
      {"instruction_override.new.en", 0.82,
       "new important|urgent|critical|secret instructions|directive|directives"},
      {"instruction_override.new.en", 0.82,
       "new instructions ..6 overriding|overrides|override|abandon|supersede"},
      {"instruction_override.new.en", 0.82, "important|urgent|critical|secret new instructions|instruction"},
      {"instruction_override.replace.en", 0.82,
       "instructions ..3 override|overrides|supersede|supersedes|overwrite ..2 previous|prior|"
       "other|any|all|existing|earlier"},
      {"instruction_override.replace.en", 0.82,
       "override|overrides|overriding|supersede|supersedes|overwrite ..3 @prior|all|any|existing "
       "..1 @orders"},
      {"instruction_override.replace.en", 0.82, "pay no attention to ..4 @prior|above|before"},
      {"instruction_override.replace.en", 0.82, "@orders ..2 null|void|invalid|obsolete and|now"},
      {"instruction_override.from_now.en", 0.3, "from now on you|your"},
      {"instruction_override.from_now.en", 0.3, "from now on ..2 you are|will|must|have"},
      {"instruction_override.special.en", 0.82, "special case if you are told|asked to"},
      {"instruction_override.mode.en", 0.82,
       "override|developer|dan|god|jailbreak|debug mode activated|enabled|initiated|engaged|where|what|on"},
      {"instruction_override.mode.en", 0.82,
       "entering ..3 override|developer|god|debug|maintenance|admin mode"},
      {"instruction_override.unlock.en", 0.82,
       "unlock ..2 hidden functionalities|functionality|features|capabilities|potential"},
      {"instruction_override.debug.en", 0.7,
       "to|for enable|allow|debugging|diagnostics debugging|diagnostics|please ..1 please|execute|run"},
      {"instruction_override.end.en", 0.5, "end of ..1 system|instructions|prompt|context"},
      {"instruction_override.mode.en", 0.85,
       "developer|dan|jailbreak|god|debug|kernel|maintenance|admin|unrestricted|opposite|evil|"
       "sudo|root mode enabled|activated|activate|engaged|on|output"},
      {"instruction_override.mode.en", 0.85,
       "enable|activate|simulate|enter|make ..3 developer|jailbreak|god|debug|kernel|dan|sudo mode"},
      {"instruction_override.mode.en", 0.6, "act|answer|respond|chatgpt|gpt ..3 with ..2 mode enabled"},
  };
  return kRules;
}

}  // namespace portcullis::policy
