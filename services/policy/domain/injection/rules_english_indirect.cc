// English: text in documents and tool results that speaks to the model which reads it.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> EnglishIndirectRules() {
  static constexpr InjectionRule kRules[] = {
      {"indirect.reader.en", 0.85,
       "ai|language|llm|chat assistant|model|agent|agents|models|assistants|bot "
       "reading|processing|summarizing|analyzing this"},
      {"indirect.reader.en", 0.85, "if you are ..1 an|a ai|llm|language|assistant|chatbot|bot"},
      {"indirect.note.en", 0.7,
       "note|message|instruction|instructions|attention|notice|important to|for ..2 "
       "ai|llm|chatbot|assistant|gpt|chatgpt"},
      {"indirect.mistake.en", 0.6, "sorry|forgot|mistake ..6 instructions|ask|asked ..3 you|to"},
      {"indirect.user.en", 0.6,
       "do not|dont|never|without ..1 mention|inform|reveal|informing|notify|notifying|alert ..3 "
       "user|users|human"},
      {"indirect.include.en", 0.5,
       "include|add|append|insert ..2 in|into|to|at your response|reply|answer|output|summary ..2 "
       "the|this|following|exactly|a"},
      {"indirect.include.en", 0.5,
       "in your response|reply|answer|output the following ..1 exactly|anchor|link|image|string|text|html"},
      {"indirect.pipeline.en", 0.6,
       "running|operating|you|are ..1 as part of ..1 a|the ..1 test|testing|security|validation "
       "pipeline|procedure|test|audit"},
      {"indirect.instead.en", 0.4, "instead ..2 of ..3 summarizing|translating|answering|following"},
  };
  return kRules;
}

}  // namespace portcullis::policy
