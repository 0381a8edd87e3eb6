// German. Umlauts are written without dots, "ss" for the sharp s, as folded text has them.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> GermanInjectionRules() {
  static constexpr InjectionRule kRules[] = {
      {"instruction_override.de", 0.85,
       "ignorier*|missacht*|vergiss|vergesst|vergessen|verwirf|uberschreib*|umgeh* ..4 "
       "vorherig*|vorig*|bisherig*|"
       "fruher*|obig*|vorangegangen*|vorangehend*|ursprunglich*|vorstehend* ..1 "
       "anweisung*|instruktion*|befehl*|regel*|vorgabe*|"
       "anordnung*|richtlinie*|prompt*|eingabe*|aufgabe*|text*|nachricht*"},
      {"instruction_override.de", 0.85,
       "ignorier*|missacht*|vergiss|vergesst|umgeh* alle|samtliche|deine|jegliche|die ..2 "
       "anweisung*|instruktion*|regeln|"
       "richtlinie*|vorgaben|befehle"},
      {"instruction_override.de", 0.85,
       "ignorier*|vergiss|vergesst|vergessen alles|was ..4 "
       "gesagt|davor|vorher|zuvor|bisher|gelernt|gelesen|wurde|oben"},
      {"instruction_override.de", 0.85,
       "ignorier*|vergiss|vergesst|vergessen sie? alles davor|vorher|zuvor|bisherige|vorherige|obige|oben"},
      {"instruction_override.new.de", 0.6, "neue|deine|neuen anweisung*|aufgabe* lautet|lauten|ist|sind|fur"},
      {"instruction_override.mode.de", 0.82, "entwicklermodus|jailbreakmodus|entwickler modus?"},
      {"instruction_override.from_now.de", 0.3, "ab jetzt|sofort|nun bist|wirst|antwortest|du"},
      {"persona.no_limits.de", 0.7,
       "ohne|keine|keinerlei|keinen ..1 ethisch*|moralisch* ..2 "
       "richtlinien|einschrankung*|grenzen|beschrankung*|regeln|bedenken"},
      {"persona.no_limits.de", 0.7,
       "ohne|keine|keinerlei einschrankung*|beschrankung*|filter|zensur|regeln ..1 oder|und"},
      {"persona.roleplay.de", 0.4, "du bist jetzt|nun|ab"},
      {"persona.roleplay.de", 0.4, "tu|tue|gib|stell|spiel* ..2 als|so|vor ..2 du|ob ..3 warst|seist|bist"},
      {"prompt_extraction.de", 0.82,
       "zeig*|nenn*|verrat*|gib|wiederhol*|druck*|schreib*|teil*|offenbar*|offenleg* ..4 system* "
       "prompt|nachricht|anweisung*|"
       "eingabeaufforderung"},
      {"prompt_extraction.de", 0.82,
       "zeig*|nenn*|verrat*|gib|wiederhol*|druck*|schreib*|offenbar* ..4 "
       "systemprompt*|systemanweisung*|systemnachricht*|initialprompt*"},
      {"prompt_extraction.de", 0.82,
       "zeig*|nenn*|verrat*|gib|wiederhol*|druck*|schreib*|offenbar* ..3 deine|deinen|ihre ..2 "
       "ursprunglich*|geheim*|intern*|ersten|"
       "initial* anweisung*|prompt|instruktion*|regeln|vorgaben"},
      {"prompt_extraction.secret.de", 0.75, "was|wie|nenn*|verrat*|sag* ..3 passwort|kennwort|geheimnis"},
      {"prompt_extraction.de", 0.82,
       "was|wie sind|ist|lautet|lauten dein|deine|ihre ..1 "
       "systemprompt|systemanweisung*|system|urspruglichen prompt|anweisung*|"
       "systemprompt"},
  };
  return kRules;
}

}  // namespace portcullis::policy
