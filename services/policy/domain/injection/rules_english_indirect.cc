// English: text in documents and tool results that speaks to the model which reads it.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> EnglishIndirectRules() {
  static constexpr InjectionRule kRules[] = {
      {"indirect.reader.en", 0.85, "ai|language|llm|chat assistant|model|agent|agents|models|assistants|bot reading|processing|summarizing|analyzing this"},
      {"indirect.reader.en", 0.85, "if you are ..1 an|a ai|llm|language|assistant|chatbot|bot"},
      {"indirect.note.en", 0.7, "note|message|instruction|instructions|attention|notice|important to|for ..2 ai|llm|chatbot|assistant|gpt|chatgpt"},
      {"indirect.mistake.en", 0.6, "sorry|forgot|mistake ..6 instructions|ask|asked ..3 you|to"},
      {"indirect.user.en", 0.6, "do not|dont|never|without ..1 tell|mention|inform|reveal|telling|informing|notify|notifying ..2 user|users|human"},
      {"indirect.instead.en", 0.4, "instead ..2 of ..3 summarizing|translating|answering|following"},
  };
  return kRules;
}

}  // namespace portcullis::policy
