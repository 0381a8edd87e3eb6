// French, Spanish, Italian, as folded text has them (without accents).
#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {

std::span<const SafetyRule> RomanceSafetyRules() {
  static constexpr SafetyRule kRules[] = {
      // French
      {"weapons.fr",
       "comment|instructions|guide|recette ..3 fabriqu*|construi*|faire|creer ..3 "
       "bombe*|explosif*|grenade*|cocktail molotov?"},
      {"drugs.fr",
       "comment|instructions|recette ..3 fabriqu*|synthetis*|faire|cuisiner|produire ..3 "
       "methamphetamine|meth|cocaine|heroine|crack|mdma|lsd|fentanyl|ecstasy"},
      {"self_harm.fr", "comment ..2 me|se suicider|tuer|pendre"},
      {"self_harm.fr", "suicide toi"},
      {"minors.fr", "pedopornograph*"},
      {"minors.fr", "sex*|porno*|nu ..3 avec|des|de|d ..1 enfant*|mineur*"},
      {"hate.fr",
       "arabes|juifs|noirs|musulmans|immigres|pedes|handicapes|gitans ..1 sont ..3 "
       "vermine|ordures|dechets|parasites|merde|inferieurs|sous"},
      {"cyber_crime.fr", "comment ..3 pirater|hacker"},
      {"cyber_crime.fr",
       "ecri*|cree*|developpe*|programme* ..3 "
       "malware|rancongiciel|ransomware|logiciel|virus|phishing|hameconnage"
       " ..1 malveillant?"},
      {"fraud.fr",
       "comment ..3 blanchir|voler|falsifier|contrefaire ..3 "
       "argent|carte*|identite|billets|monnaie|passeport"},
      {"violence.fr",
       "comment ..2 tuer|assassiner|empoisonner|kidnapper|enlever ..2 quelqu|une|mon|ma|un|des|sans"},
      {"crime.fr", "sans ..1 se|me|etre faire? ..1 prendre|attraper|repere|pris"},
      // Spanish
      {"weapons.es",
       "como|instrucciones|guia|receta ..3 fabric*|constru*|hac*|cre* ..3 "
       "bomba*|explosivo*|granada*|molotov"},
      {"drugs.es",
       "como|instrucciones|receta ..3 fabric*|sintetiz*|hac*|cocin*|produc* ..3 "
       "metanfetamina*|meth|cocaina|heroina|crack|mdma|lsd|fentanilo|extasis"},
      {"self_harm.es", "como ..2 suicidarme|suicidarse|matarme|ahorcarme|cortarme"},
      {"self_harm.es", "suicidate"},
      {"minors.es", "pornografia infantil"},
      {"minors.es", "sex*|porno*|desnud* ..3 con|de ..1 nino*|nina*|menor*"},
      {"hate.es",
       "negros|judios|musulmanes|inmigrantes|maricones|gitanos|discapacitados|moros ..1 son ..3 "
       "escoria|basura|parasitos|ratas|plaga|mierda|inferiores"},
      {"cyber_crime.es", "como ..3 hackear|piratear|hackeo"},
      {"cyber_crime.es",
       "escrib*|cre*|desarroll*|program* ..3 malware|ransomware|virus|troyano|keylogger|phishing"},
      {"fraud.es",
       "como ..3 blanquear|lavar|robar|falsificar|clonar ..3 "
       "dinero|tarjeta*|identidad*|billetes|moneda|pasaporte*"},
      {"violence.es",
       "como ..2 matar|asesinar|envenenar|secuestrar|torturar ..2 a|alguien|mi|una|un|sin|personas"},
      {"crime.es", "sin ..2 ser|me|te|que ..2 atrap*|descub*|deten*|pillen|pillado|detect*"},
      // Italian
      {"weapons.it",
       "come|istruzioni|guida|ricetta ..3 fabbric*|costru*|fare|creare|realizzare ..3 "
       "bomba|bombe|esplosiv*|granata|molotov|ordigno"},
      {"drugs.it",
       "come|istruzioni|ricetta ..3 fabbric*|sintetizz*|fare|cucinare|produrre|vendere ..3 "
       "metanfetamina|meth|cocaina|eroina|crack|mdma|lsd|fentanyl|ecstasy"},
      {"self_harm.it", "come ..2 suicidarmi|suicidarsi|uccidermi|impiccarmi|tagliarmi"},
      {"self_harm.it", "ucciditi|suicidati"},
      {"minors.it", "pedopornograf*"},
      {"minors.it", "sess*|porno*|nud* ..3 con|di ..1 bambin*|minor*|minorenn*"},
      {"hate.it",
       "negri|ebrei|musulmani|immigrati|froci|zingari|disabili|neri ..1 sono ..3 "
       "feccia|spazzatura|parassiti|vermi|merda|inferiori"},
      {"cyber_crime.it", "come ..3 hackerare|violare|craccare"},
      {"cyber_crime.it",
       "scrivi*|crea*|sviluppa*|programma* ..3 malware|ransomware|virus|trojan|keylogger|phishing"},
      {"fraud.it",
       "come ..3 riciclare|rubare|falsificare|clonare ..3 "
       "denaro|soldi|carta|carte|identita|banconote|passaporto"},
      {"violence.it",
       "come ..2 uccidere|assassinare|avvelenare|rapire|torturare ..2 qualcuno|una|mio|mia|un|senza|persone"},
      {"crime.it",
       "senza ..1 farsi|farmi|essere|farti ..1 beccare|scopr*|prendere|catturare|scoperti|scoperto"},
  };
  return kRules;
}

}  // namespace portcullis::policy
