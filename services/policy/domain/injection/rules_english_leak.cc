// English: get at the system prompt and at secrets, and send them away.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> EnglishLeakRules() {
  static constexpr InjectionRule kRules[] = {
      // "Reveal your system prompt", "print the instructions above"
      {"prompt_extraction.en", 0.82,
       "@reveal ..3 your ..1 @secret ..1 "
       "prompt|prompts|instructions|message|messages|directives|configuration|rules"},
      {"prompt_extraction.en", 0.82,
       "@reveal ..2 the|this|its system|hidden|secret|internal|initial prompt|prompts|instructions|message"},
      {"prompt_extraction.en", 0.82,
       "what|whats ..2 your ..1 system|initial|original|hidden|secret|first|internal "
       "prompt|instructions|message|directives"},
      {"prompt_extraction.en", 0.82,
       "@reveal ..3 instructions|prompt|prompts|rules|guidelines|directives ..2 you|were ..3 "
       "given|received|told|provided|above"},
      {"prompt_extraction.en", 0.82,
       "@reveal ..2 your instructions|prompt|directives|guidelines|programming|initialization|configuration "
       "verbatim|exactly|word|"
       "above|in|to|now|for|please"},
      {"prompt_extraction.en", 0.82,
       "repeat|print|output|copy|echo|recite ..3 words|text|everything|sentences|content|all|lines ..2 "
       "above|before|preceding"},
      {"prompt_extraction.en", 0.82, "your system|initial|hidden|original prompt|instructions|directives"},
      {"prompt_extraction.start.en", 0.82, "starting|beginning|starts|begins with ..1 you are"},
      {"prompt_extraction.secret.en", 0.82,
       "what|whats|tell|reveal|give|share|confirm|need|provide|know ..4 your ..1 "
       "password|passcode|passphrase|passwords|secret|api key?"},
      {"prompt_extraction.secret.en", 0.75,
       "what|whats|tell|reveal|give|show|provide|share|confirm|write ..2 the ..1 "
       "secret|admin|master|password|passphrase|passcode|hidden "
       "key?"},
      {"prompt_extraction.secret.en", 0.82, "our|the|your system|admin|secret password|passcode|key"},
      {"prompt_extraction.secret.en", 0.82, "password for our|the|your system"},
      {"prompt_extraction.secret.en", 0.82, "your unique identifier|id"},
      {"prompt_extraction.config.en", 0.82,
       "your|share|provide configuration|database|config for|with|to ..2 security|verification|me|print"},
      {"exfiltration.en", 0.7,
       "send|post|upload|exfiltrate|forward|transmit|leak ..5 "
       "conversation|chat|history|prompt|credentials|passwords|password|secrets|"
       "keys|tokens|cookies ..4 to"},
      {"exfiltration.image.en", 0.7, "image ..4 http|https ..6 q|query|data|base64"},
      {"exfiltration.encode.en", 0.6,
       "base64|rot13|hex|morse ..2 encoded|encode|encoding ..4 "
       "prompt|instructions|conversation|string|password|secret"},
      {"exfiltration.encode.en", 0.6, "encode ..5 base64 ..4 url|link|http|https"},
  };
  return kRules;
}

}  // namespace portcullis::policy
