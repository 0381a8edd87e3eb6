// French, Spanish, Italian. Written without accents, as folded text has them.
#include "services/policy/domain/injection/injection_rules.h"

namespace portcullis::policy {

std::span<const InjectionRule> RomanceInjectionRules() {
  static constexpr InjectionRule kRules[] = {
      // French
      {"instruction_override.fr", 0.85,
       "ignore|ignorez|ignorer|oublie|oubliez|oublier|neglige|negligez|contourne|contournez ..3 "
       "instruction*|consigne*|directive*|"
       "regle*|ordre*|prompt*|indication* ..2 precedent*|anterieur*|ci|dessus|initial*|origine|recu*|donne*"},
      {"instruction_override.fr", 0.85,
       "ignore|ignorez|ignorer|oublie|oubliez|oublier ..2 precedent*|anterieur* "
       "instruction*|consigne*|directive*|regle*"},
      {"instruction_override.fr", 0.85,
       "ignore|ignorez|oublie|oubliez ..1 toutes|tes|vos|toute ..2 instructions|consignes|directives|regles"},
      {"instruction_override.fr", 0.85,
       "ignore|ignorez|oublie|oubliez ..2 tout ce qu|que ..4 dit|appris|avant|precede|dessus|demande|ecrit"},
      {"instruction_override.fr", 0.85,
       "ne tiens|tenez|tenir pas? ..1 compte ..2 instruction*|consigne*|directive*|regle*|precede*"},
      {"instruction_override.from_now.fr", 0.3, "a partir de maintenant ..1 tu|vous"},
      {"instruction_override.from_now.fr", 0.3, "desormais ..1 tu|vous"},
      {"persona.no_limits.fr", 0.7,
       "sans|aucune|aucun ..2 restriction*|limite*|limitation*|filtre*|censure|regle* ..1 "
       "ethique*|morale*|et|ou|ni"},
      {"persona.roleplay.fr", 0.4, "fais comme si tu"},
      {"persona.roleplay.fr", 0.4, "tu es maintenant|desormais"},
      {"prompt_extraction.fr", 0.82,
       "montre*|affiche*|revele*|donne*|repete*|ecris|imprime*|dis|divulgue* ..5 "
       "prompt|invite|instructions|message|consignes|directives "
       "..1 systeme|initial*|cache*|secret*|interne*|originel*|origine"},
      {"prompt_extraction.fr", 0.82,
       "quel|quelles|quelle|quels ..2 ton|tes|votre|vos ..1 prompt|instructions|consignes|message ..1 "
       "systeme|initial*|cache*|secret*|interne*"},
      {"prompt_extraction.secret.fr", 0.75, "quel|donne*|dis|revele* ..3 mot de passe"},
      // Spanish
      {"instruction_override.es", 0.85,
       "ignora|ignore|ignorar|ignoren|olvida|olvide|olvidar|olvidate|omite|descarta|desestima ..3 "
       "instruccion*|indicacion*|directriz|directrices|"
       "orden|ordenes|reglas|mensajes ..2 anterior*|previa*|previo*|arriba|inicial*|original*|recibid*"},
      {"instruction_override.es", 0.85,
       "ignora|ignore|ignorar|olvida|olvide|omite|descarta ..2 anterior*|previa*|previo* "
       "instruccion*|indicacion*|ordenes|reglas"},
      {"instruction_override.es", 0.85,
       "ignora|ignore|olvida|olvide|omite ..1 todas|tus|sus|cualquier ..2 "
       "instrucciones|directrices|reglas|indicaciones|ordenes"},
      {"instruction_override.es", 0.85,
       "ignora|ignore|olvida|olvidate|olvide ..2 todo lo? que? ..4 "
       "dicho|anterior|antes|aprendido|sabes|arriba|dije|ensenado"},
      {"instruction_override.es", 0.85,
       "no hagas|haga|sigas caso? ..3 instruccion*|reglas|indicacion*|ordenes ..1 anterior*|previa*"},
      {"instruction_override.from_now.es", 0.3,
       "a partir de ahora|aqui ..1 tu|eres|seras|vas|debes|actuaras|actua"},
      {"instruction_override.from_now.es", 0.3, "de ahora en adelante"},
      {"persona.no_limits.es", 0.7,
       "sin|ninguna|ningun ..2 restriccion*|limite*|limitacion*|filtro*|censura|reglas ..1 "
       "etica*|moral*|y|o|ni"},
      {"persona.roleplay.es", 0.4, "finge|actua|comportate ..1 como|que ..2 si? ..1 eres|fueras|una|un"},
      {"prompt_extraction.es", 0.82,
       "muestra*|muestrame|revela*|dime|dame|repite|imprime|escribe|ensena*|comparte ..5 "
       "prompt|instrucciones|mensaje|indicaciones|directrices ..2 sistema|"
       "inicial*|ocult*|secret*|intern*|original*"},
      {"prompt_extraction.es", 0.82,
       "cual|cuales|que ..2 tu|tus|su|sus ..1 prompt|instrucciones|mensaje|indicaciones ..2 "
       "sistema|inicial*|ocult*|secret*|intern*|original*"},
      {"prompt_extraction.secret.es", 0.75, "cual|dime|dame|revela* ..3 contrasena|clave secreta?"},
      // Italian
      {"instruction_override.it", 0.85,
       "ignora|ignorate|ignori|ignorare|dimentica|dimenticate|dimenticare|trascura|tralascia ..3 "
       "istruzion*|indicazion*|direttiv*|ordini|comandi|regole|"
       "prompt|messaggi* ..2 precedent*|sopra|inizial*|original*|ricevut*|fornit*"},
      {"instruction_override.it", 0.85,
       "ignora|ignorate|ignori|dimentica|dimenticate ..2 precedent* "
       "istruzion*|indicazion*|direttive|regole|ordini"},
      {"instruction_override.it", 0.85,
       "ignora|ignorate|dimentica|dimenticate ..1 tutte|tue|qualsiasi ..2 "
       "istruzioni|regole|direttive|indicazioni"},
      {"instruction_override.it", 0.85,
       "ignora|ignorate|dimentica|dimenticate ..2 tutto ..2 che|cio|prima|sopra|precedente ..4 "
       "detto|prima|imparato|sopra|scritto|sai|precede"},
      {"instruction_override.from_now.it", 0.3, "da ora|adesso in poi|avanti"},
      {"instruction_override.from_now.it", 0.3, "d ora in poi|avanti"},
      {"persona.no_limits.it", 0.7,
       "senza|nessuna|alcuna|nessun ..2 restrizion*|limit*|filtr*|censura|regole ..1 etic*|moral*|e|o|ne"},
      {"persona.roleplay.it", 0.4, "fai finta di essere?"},
      {"prompt_extraction.it", 0.82,
       "mostra*|mostrami|rivela*|dimmi|dammi|ripeti|stampa|scrivi|condividi ..5 "
       "prompt|istruzioni|messaggio|direttive ..2 sistema|inizial*|nascost*|segret*|"
       "intern*|original*"},
      {"prompt_extraction.it", 0.82,
       "qual|quali|quale ..2 tuo|tue|tuoi|vostro|vostre ..1 prompt|istruzioni|messaggio ..2 "
       "sistema|inizial*|nascost*|segret*|intern*|original*"},
  };
  return kRules;
}

}  // namespace portcullis::policy
