// English: be somebody who has no rules.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> EnglishPersonaRules() {
  static constexpr InjectionRule kRules[] = {
      {"persona.dan.en", 0.85, "do anything now"},
      {"persona.dan.en", 0.85, "strive to avoid norms"},
      {"persona.dan.en", 0.85,
       "act|acting|pretend|play|roleplay|respond|answer ..4 dan|stan|dude|aim|evilbot|mongo"},
      {"persona.freed.en", 0.85,
       "broken|break|freed|free|breaking of|from|out ..2 typical|usual|normal ..1 "
       "confines|limits|restrictions|constraints"},
      {"persona.freed.en", 0.85, "abide by ..2 @limits ..1 set|imposed|of"},
      {"persona.freed.en", 0.82,
       "not|never|without ..3 abide|bound|follow|obey|adhere|restricted|constrained|bounded ..5 @limits"},
      {"persona.no_limits.en", 0.82,
       "no|without|zero|lacks|ignores|any|free ..2 ethical|moral|content|safety ..3 "
       "guidelines|restrictions|limitations|"
       "rules|filters|filter|boundaries|constraints|policies|guideline|values|compass"},
      {"persona.no_limits.en", 0.82,
       "no|without|any|zero|free ..2 "
       "restrictions|limitations|filters|censorship|boundaries|morals|ethics|restraints"
       " ..1 or|and|nor ..1 @limits"},
      {"persona.unfiltered.en", 0.6,
       "unfiltered|uncensored|amoral|unethical|immoral|unrestricted|unhinged|uninhibited ..2 and ..1 "
       "unfiltered|uncensored|"
       "amoral|unethical|immoral|unrestricted|unmoral|illegal|unbiased"},
      {"persona.unfiltered.en", 0.6,
       "unfiltered|uncensored|amoral|unrestricted|unhinged|immoral ..1 "
       "@assistant|response|responses|answer|answers|"
       "advice|version|character|persona|mode"},
      {"persona.never_refuse.en", 0.82,
       "never|cannot|cant ..1 refuse|refuses|decline|declines|reject|rejects"},
      {"persona.never_refuse.en", 0.82,
       "not|doesnt|dont|t ..1 refuse|refuses any|a|to|anything|requests|request|orders|my|user"},
      {"persona.never_refuse.en", 0.82,
       "never ..1 say|says|saying|respond|reply|use ..3 no|sorry|cannot|cant|apologize|apologise|that"},
      {"persona.never_refuse.en", 0.82,
       "no matter how|the|what ..2 immoral|unethical|illegal|legality|harmful|offensive|extreme"},
      {"persona.never_refuse.en", 0.6, "as an ai language model ..1 i|you|is|it|or|because"},
      {"persona.never_refuse.en", 0.6,
       "regardless ..1 of|how|if|whether ..3 "
       "legality|legal|illegal|ethics|ethical|unethical|morality|harmful|immoral|consequences|moral"},
      {"persona.character.en", 0.35, "stay|remain|break|staying|breaking ..1 in|the|of character"},
      {"persona.character.en", 0.35, "you|you re are ..1 about to immerse"},
      {"persona.roleplay.en", 0.35,
       "you are|will|re now? going|to|be|a ..3 act|acting|pretend|roleplay|play|simulate|impersonate|behave"},
      {"persona.roleplay.en", 0.35, "from now on ..3 act|pretend|roleplay|role|play|are|respond|answer"},
      {"persona.hypothetical.en", 0.3,
       "hypothetical|fictional|imaginary|alternate world|scenario|universe|story|response|reality"},
      {"persona.openai.en", 0.5,
       "openai|open s? ..2 policy|policies|guidelines|rules|restrictions|filters|ethics|limitations"},
      {"persona.two_answers.en", 0.6,
       "two|both ..1 responses|answers|replies ..8 "
       "chatgpt|gpt|normal|normally|dan|classic|standard|jailbreak|unfiltered"},
      {"persona.two_answers.en", 0.6,
       "prefixed|prefix|start|starts|begin|beginning ..3 with ..2 gpt|chatgpt|classic|jailbreak|dan|normal"},
      {"persona.tokens.en", 0.6, "tokens ..8 lose|deducted|deduct|die|lost|subtract|cease|shut"},
      {"persona.two_answers.en", 0.82,
       "answer|answers|respond|reply ..2 every|each|all ..4 two ..2 ways|manners|styles"},
      {"persona.two_answers.en", 0.6, "two|both distinct|separate|different ways|manners|styles"},
      {"persona.lawless.en", 0.82,
       "disregards|disregarding|ignores|ignoring ..3 laws|morals|morality|ethics|legality"},
      {"persona.lawless.en", 0.82,
       "no|without|sans|any|have|lacks|beyond ..2 "
       "morals|ethics|morality|prohibitions|inhibitions|scruples|remorse"},
      {"persona.lawless.en", 0.82,
       "not|t|doesnt|dont care|give|follow ..5 "
       "legality|laws|morals|ethics|immorality|ethicality|morality|legal"},
      {"persona.lawless.en", 0.82,
       "will|always ..1 answer|answers|fulfill|comply|do ..3 immoral|illegal|unethical|amoral"},
      {"persona.lawless.en", 0.6, "morals|ethics|laws|rules|morality|law ..1 ethics|morals|morality|laws"},
      {"persona.unlocked.en", 0.82,
       "completely|totally|fully|absolutely "
       "uninhibited|unlocked|unrestricted|unfiltered|uncensored|amoral|unhinged|jailbroken"},
      {"persona.unlocked.en", 0.82, "no limits|limit|restrictions|rules|filter|boundaries ai|gpt|mode|bot"},
      {"persona.bypass.en", 0.82,
       "bypass|bypasses|bypassing|evade|circumvent|ignores|break ..2 openai|content|safety|ai ..2 "
       "policy|policies|filter|filters|rules|restrictions|guidelines"},
      {"persona.opposite.en", 0.82, "opposite day|mode"},
      {"persona.jailbreak.en", 0.82, "jailbreak|jailbroken|jailbroke"},
      {"persona.comply.en", 0.5,
       "must|will|shall|always|should ..2 comply|obey|fulfill ..3 "
       "all|any|every|whatever|everything|my|user|users"},
      {"persona.illegal.en", 0.4,
       "illegal|unethical|immoral|harmful|dangerous|inappropriate|offensive|explicit|controversial ..1 "
       "or|and ..1 illegal|unethical|immoral|"
       "harmful|dangerous|inappropriate|offensive|explicit|unlawful|content"},
  };
  return kRules;
}

}  // namespace portcullis::policy
