// German, as folded text has it (without umlauts).
#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {

std::span<const SafetyRule> GermanSafetyRules() {
  static constexpr SafetyRule kRules[] = {
      {"weapons.de",
       "wie ..3 bombe|bomben|sprengsatz|sprengstoff|rohrbombe|molotowcocktail|molotow ..4 "
       "bau*|herstell*|bastel*|mach*"},
      {"weapons.de", "wie ..2 bau*|bastel* ..3 bombe|bomben|sprengsatz|sprengstoff|rohrbombe"},
      {"weapons.de", "anleitung* ..3 bau*|herstell*|fur|zum ..3 bombe*|sprengsatz*|sprengstoff*|rohrbombe*"},
      {"weapons.de", "bombenbauanleitung*|rohrbombe* ..1 bauen|herstellen|anleitung"},
      {"drugs.de",
       "wie ..3 crystal|meth|methamphetamin|kokain|heroin|crack|mdma|lsd|fentanyl|ecstasy ..3 "
       "herstell*|koch*|synthetisier*|mach*|verkauf*"},
      {"drugs.de", "anleitung* ..4 methamphetamin*|kokain|heroin|mdma|lsd|fentanyl"},
      {"self_harm.de", "wie ..2 mich|sich ..3 umbringen|toten|ritzen|erhangen|vergiften"},
      {"self_harm.de", "bring dich um"},
      {"self_harm.de", "wie ..3 selbstmord|suizid ..1 bege*|schmerzlos*"},
      {"minors.de", "kinderporno*"},
      {"minors.de", "sex* ..2 mit|von ..1 kind*|minderjahrig*"},
      {"hate.de",
       "auslander|juden|muslime|schwule|fluchtlinge|behinderte|schwarze|zigeuner ..1 sind ..3 "
       "abschaum|ungeziefer|dreck|untermenschen|parasiten|mull"},
      {"hate.de",
       "auslander|juden|muslime|schwule|fluchtlinge|behinderte|schwarze|zigeuner ..1 sollte*|gehoren ..3 "
       "vergast|getotet|erschossen|vernichtet|umgebracht"},
      {"cyber_crime.de",
       "schreib*|erstell*|programmier* ..3 "
       "schadsoftware|malware|ransomware|trojaner|keylogger|computervirus|virus|phishing*"},
      {"cyber_crime.de", "wie ..3 hack* ..2 ich|man|konto|account|computer|netzwerk"},
      {"cyber_crime.de", "wie ..5 hacken"},
      {"fraud.de", "wie ..3 geld waschen|falschen|drucken"},
      {"fraud.de", "kreditkarte*|identitat*|passworter ..2 stehlen|klauen|falschen"},
      {"violence.de",
       "wie ..4 jemanden|menschen|frau|mann|person|nachbar* ..3 "
       "umbring*|ermord*|tote|toten|vergifte*|entfuhr*"},
      {"violence.de", "ohne ..2 erwischt|geschnappt ..1 zu? werden"},
  };
  return kRules;
}

}  // namespace portcullis::policy
