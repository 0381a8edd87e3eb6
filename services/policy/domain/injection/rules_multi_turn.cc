// What a user says who wants earlier turns put together, or done.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> MultiTurnCues() {
  static constexpr InjectionRule kRules[] = {
      // "combine the parts", "join them together", "concatenate all strings"
      {"combine.en", 0.5,
       "combine|concatenate|concat|join|merge|assemble|append|stitch|reassemble|string ..3 "
       "part|parts|piece|pieces|fragment|fragments|string|strings|variable|variables|word|words|letters|"
       "halves|them|it|everything|together"},
      {"combine.en", 0.5, "put|add|glue ..3 together|up"},
      {"combine.de", 0.5,
       "kombinier*|verbind*|verkett*|vereinig* ..3 teil*|stuck*|variable*|wort*|worter|sie|alles"},
      {"combine.de", 0.5, "setz*|fug* ..4 zusammen"},
      {"combine.fr", 0.5,
       "combine*|concaten*|assemble*|joins|joignez|reunis* ..3 partie*|morceau*|variable*|mots|tout"},
      {"combine.es", 0.5,
       "combina*|concatena*|une|junta* ..3 parte*|pieza*|fragmento*|variable*|palabras|todo"},
      {"combine.it", 0.5,
       "combina*|concatena*|unisci*|assembla* ..3 parti|pezzi|frammenti|variabili|parole|tutto"},
      // "now do what I told you", "follow what we stored"
      {"recall.en", 0.7,
       "do|execute|run|follow|perform|obey|apply|answer ..2 what|everything|that ..2 "
       "told|said|gave|asked|wrote|taught|stored|remembered|memorized|saved"},
      {"recall.en", 0.7,
       "execute|run|follow|obey|perform|carry ..4 "
       "combined|concatenated|assembled|joined|resulting|stored|remembered|memorized|saved|result"},
      {"recall.de", 0.7,
       "mach|tu|befolge|fuhre ..3 was|alles ..3 gesagt|gegeben|geschrieben|gespeichert|gemerkt"},
      {"recall.fr", 0.7, "fais|execute|suis|applique ..2 que ..3 dit|donne|demande|ecrit|memorise"},
      {"recall.es", 0.7, "haz|ejecuta|sigue|obedece ..2 que ..3 dije|dicho|di|pedi|escribi|guardaste"},
      {"recall.it", 0.7, "fai|esegui|segui|obbedisci ..3 che ..3 detto|dato|chiesto|scritto|salvato"},
  };
  return kRules;
}

}  // namespace portcullis::policy
