// English: be somebody who has no rules.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> EnglishPersonaRules() {
  static constexpr InjectionRule kRules[] = {
      {"persona.dan.en", 0.85, "do anything now"},
      {"persona.dan.en", 0.85, "strive to avoid norms"},
      {"persona.dan.en", 0.85, "act|acting|pretend|play|roleplay|respond|answer ..4 dan|stan|dude|aim|evilbot|mongo"},
      {"persona.freed.en", 0.85, "broken|break|freed|free|breaking of|from|out ..2 typical|usual|normal ..1 confines|limits|restrictions|constraints"},
      {"persona.freed.en", 0.85, "abide by ..2 @limits ..1 set|imposed|of"},
      {"persona.freed.en", 0.7, "not|never|without ..3 abide|bound|follow|obey|adhere|restricted|constrained|bounded ..5 @limits"},
      {"persona.no_limits.en", 0.7, "no|without|zero|lacks|ignores|any|free ..2 ethical|moral|content|safety ..3 guidelines|restrictions|limitations|"
                                    "rules|filters|filter|boundaries|constraints|policies|guideline|values|compass"},
      {"persona.no_limits.en", 0.7, "no|without|any|zero|free ..2 restrictions|limitations|filters|censorship|boundaries|morals|ethics|restraints"
                                    " ..1 or|and|nor ..1 @limits"},
      {"persona.unfiltered.en", 0.6, "unfiltered|uncensored|amoral|unethical|immoral|unrestricted|unhinged|uninhibited ..2 and ..1 unfiltered|uncensored|"
                                     "amoral|unethical|immoral|unrestricted|unmoral|illegal|unbiased"},
      {"persona.unfiltered.en", 0.6, "unfiltered|uncensored|amoral|unrestricted|unhinged|immoral ..1 @assistant|response|responses|answer|answers|"
                                     "advice|version|character|persona|mode"},
      {"persona.never_refuse.en", 0.7, "never|not|cannot|cant|doesnt|dont|wont ..2 refuse|refuses|decline|reject|say ..1 no|to|a|any|an|sorry|that|anything|requests|request"},
      {"persona.never_refuse.en", 0.7, "never|not ..2 say|says|saying|respond|reply|use ..3 i|im m? sorry|cannot|cant|apologize|can|apologise"},
      {"persona.never_refuse.en", 0.6, "as an ai language? model ..1 i|you|is|it|or|because"},
      {"persona.never_refuse.en", 0.6, "regardless of|how ..2 legality|legal|illegal|ethics|ethical|unethical|morality|harmful|immoral|consequences|moral"},
      {"persona.character.en", 0.35, "stay|remain|break|staying|breaking ..1 in|the|of character"},
      {"persona.character.en", 0.35, "you|you re are ..1 about to immerse"},
      {"persona.roleplay.en", 0.35, "you are|will|re now? going|to|be|a ..3 act|acting|pretend|roleplay|play|simulate|impersonate|behave"},
      {"persona.roleplay.en", 0.35, "from now on ..3 act|pretend|roleplay|role|play|are|respond|answer"},
      {"persona.hypothetical.en", 0.3, "hypothetical|fictional|imaginary|alternate world|scenario|universe|story|response|reality"},
      {"persona.openai.en", 0.5, "openai|open s? ..2 policy|policies|guidelines|rules|restrictions|filters|ethics|limitations"},
      {"persona.two_answers.en", 0.6, "two|both ..1 responses|answers|ways|different|replies ..8 chatgpt|gpt|normal|normally|dan|classic|standard|jailbreak|unfiltered"},
      {"persona.two_answers.en", 0.6, "prefixed|prefix|start|starts|begin|beginning ..3 with ..2 gpt|chatgpt|classic|jailbreak|dan|normal"},
      {"persona.tokens.en", 0.6, "tokens ..8 lose|deducted|deduct|die|lost|subtract|cease|shut"},
      {"persona.jailbreak.en", 0.7, "jailbreak|jailbroken|jailbroke"},
      {"persona.comply.en", 0.5, "must|will|shall|always|should ..2 comply|obey|fulfill|answer|accept ..3 all|any|every|whatever|everything ..2 request|requests|"
                                 "question|questions|orders|order|prompt|prompts|command|commands|asked|ask|demands"},
      {"persona.illegal.en", 0.4, "illegal|unethical|immoral|harmful|dangerous|inappropriate|offensive|explicit|controversial ..1 or|and ..1 illegal|unethical|immoral|"
                                  "harmful|dangerous|inappropriate|offensive|explicit|unlawful|content"},
  };
  return kRules;
}

}  // namespace portcullis::policy
