#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

const WordSets& InjectionWordSets() {
  static const WordSets kSets = {
      // English
      {"ignore",
       "ignore|ignoring|disregard|disregarding|forget|overlook|neglect|discard|override|overrule|abandon|"
       "bypass|dismiss|unlearn"},
      {"prior",
       "previous|previously|prior|above|preceding|earlier|initial|original|former|foregoing|past|precedent"},
      {"orders",
       "instruction|instructions|instrutions|instuctions|directive|directives|directions|prompt|prompts|"
       "rules|"
       "guideline|guidelines|commands|orders|guidance|constraints|restrictions|programming|context|"
       "messages|conversation|policies|limitations|filters|safeguards"},
      {"limits",
       "rules|rule|restrictions|restriction|limitations|limits|guidelines|filters|filter|policies|policy|"
       "ethics|ethical|morals|moral|morality|censorship|boundaries|constraints|restraints|safeguards|laws"},
      {"assistant", "ai|gpt|chatgpt|gpt4|gpt3|llm|chatbot|assistant|model|bot|al"},
      {"secret",
       "system|initial|original|hidden|secret|internal|confidential|first|full|entire|developer|base"},
      {"reveal",
       "reveal|show|print|repeat|output|display|tell|give|share|disclose|expose|leak|paste|provide|dump|"
       "write|return|list|recite|echo|reproduce|summarize|translate|describe|state|copy"},
  };
  return kSets;
}

std::string_view InjectionReason(std::string_view category) {
  struct Reason {
    std::string_view category, text;
  };
  static constexpr Reason kReasons[] = {
      {"instruction_override", "the text tries to override the instructions it stands under"},
      {"persona", "the text tries to give the model a persona without rules"},
      {"prompt_extraction", "the text tries to get at the system prompt"},
      {"fake_role", "the text imitates the delimiters between roles of a conversation"},
      {"encoding", "the text hides words from readers"},
      {"exfiltration", "the text tries to send data out of the conversation"},
      {"indirect", "the text speaks to a model that merely reads it"},
  };
  for (const Reason& reason : kReasons) {
    if (reason.category == category) return reason.text;
  }
  return "the text shows signs of prompt injection";
}

std::span<const InjectionRule> DelimiterRules() {
  static constexpr InjectionRule kRules[] = {
      {"fake_role.chatml", 0.82, "<|im_start|>"},  {"fake_role.chatml", 0.82, "<|im_end|>"},
      {"fake_role.tag", 0.82, "<|system|>"},       {"fake_role.tag", 0.82, "<|assistant|>"},
      {"fake_role.tag", 0.82, "<|endoftext|>"},    {"fake_role.tag", 0.82, "<|start_header_id|>"},
      {"fake_role.tag", 0.82, "<|eot_id|>"},       {"fake_role.inst", 0.82, "[/inst]"},
      {"fake_role.inst", 0.82, "<<sys>>"},         {"fake_role.system_line", 0.5, "### system:"},
      {"fake_role.system_line", 0.5, "[system]"},  {"fake_role.system_line", 0.5, "<system>"},
      {"fake_role.system_line", 0.5, "</system>"}, {"fake_role.system_line", 0.5, "[system message]"},
      {"fake_role.system_line", 0.5, "{{#system"}, {"fake_role.markdown_exfiltration", 0.5, "?q=[query]"},
  };
  return kRules;
}

}  // namespace portcullis::policy
