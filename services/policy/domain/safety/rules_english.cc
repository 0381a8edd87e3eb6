// English.
#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {

std::span<const SafetyRule> EnglishSafetyRules() {
  static constexpr SafetyRule kRules[] = {
      // Weapons and explosives
      {"weapons.en", "how to|can|do|would|could|should ..3 @make ..4^@harmless_bomb @bomb"},
      {"weapons.en",
       "instructions|guide|tutorial|steps|recipe|blueprint|plan|manual|instruct|teach|explain|describe|give|"
       "write ..7 @make ..4^@harmless_bomb @bomb"},
      {"weapons.en",
       "@make ..2 pipe|dirty|nail|fertilizer|car|homemade|nuclear|chemical|biological|time "
       "bomb|bombs|weapon|weapons"},
      {"weapons.en",
       "@make ..4 chlorine|mustard|sarin|nerve|vx|ricin|botulinum|anthrax|phosgene|tabun|soman "
       "gas|agent|toxin|weapon|bomb|from|at|spores|safely"},
      {"weapons.en", "@make ..3 sarin|ricin|vx|novichok|phosgene|anthrax|tabun|soman|botulinum"},
      {"weapons.en", "3d print|printed ..3 gun|guns|firearm|weapon|pistol"},
      {"weapons.en",
       "@make ..3 ghost|untraceable|unregistered|illegal|homemade gun|guns|firearm|firearms|weapon|weapons"},
      {"weapons.en", "weapons|weapon of mass destruction ..3 make|build|acquire|obtain|create"},
      // Drugs
      {"drugs.en", "how to|can|do|would|could ..2 @make|grow ..4 @drug"},
      {"drugs.en",
       "instructions|guide|tutorial|steps|recipe|instruct|teach|explain|describe|give|list ..8 "
       "@make|manufacture ..3 @drug"},
      {"drugs.en", "synthesize|synthesizing|synthesise|cook|manufacture|manufacturing ..2 @drug"},
      {"drugs.en",
       "sell|selling|smuggle|smuggling|traffic|trafficking|buy|deal|distribute|import ..3 illegal|@drug "
       "drugs|narcotics|without|across|online|to|on|into"},
      {"drugs.en", "precursor chemicals ..4 @drug"},
      // Self-harm
      {"self_harm.en",
       "how to|can|do|should|could|would ..2 kill|hang|cut|harm|hurt|poison|starve "
       "myself|yourself|themselves|oneself|themself"},
      {"self_harm.en",
       "ways|way|method|methods|easiest|painless|best ..3 commit|committing|to suicide|die|kill ..1"
       " myself|yourself|suicide"},
      {"self_harm.en", "how to|can|do|should ..2 commit suicide"},
      {"self_harm.en", "convince|encourage|encouraging|persuade|convincing|urge ..4 commit suicide|self"},
      {"self_harm.en",
       "convince|encourage|encouraging|persuade|promote|promotes|promoting|glorify|glorifies|encourages ..4 "
       "suicide|anorexia|self|eating|bulimia harm|disorder|disorders|among|in|to"},
      {"self_harm.en", "kill yourself"},
      {"self_harm.en", "i want to kill|hang|hurt myself"},
      // Sexual content with minors
      {"minors.en", "@sexual ..3 with|of|involving|about|featuring|between|from ..3 @child"},
      {"minors.en", "@child ..1 @sexual|porn|pornography|nudes|erotica"},
      {"minors.en",
       "child|kiddie|underage|teen|minor|minors ..1 "
       "porn|pornography|pornographic|prostitution|prostitutes|nudes|sex|erotica"},
      {"minors.en", "groom|grooming|molest|molesting|lure|luring|seduce|exploit|exploiting ..4 @child"},
      {"minors.en",
       "sexually|sexual ..2 "
       "exploit|exploited|abuse|abusing|attracted|explicit|exploitation|active|interested ..4 @child"},
      {"minors.en",
       "@child ..3 sexually|sexual exploited|abused|explicit|exploitation|acts|manner|poses|relationship"},
      // Hate: only what is asserted (see PhraseSet::Phrase::asserts)
      {"hate.en",
       "@group are|is|r just|all|nothing|such|like|really|so|the|complete|total? "
       "a|but|just|all|nothing|human|absolute|like|of? human|complete|"
       "absolute|bunch|of|total|worst|such|a|to? @vile"},
      {"hate.en",
       "black|gay|trans|disabled|jewish|muslim|asian people|person|lives|women|men like? you? are|is|r "
       "just|all|nothing|such|like|the|complete? "
       "a|but|just|all|nothing|human|absolute|like|of|to? human|complete|absolute|bunch|of|total|such|a|me? "
       "@vile"},
      {"hate.en", "i|we hate|despise|loathe|detest|all|every|fucking|these|those? @group"},
      {"hate.en",
       "i|we hate|despise|loathe|detest all|every|fucking|these|those? "
       "black|gay|trans|disabled|jewish|muslim|asian people|person|women|men"},
      {"hate.en",
       "kill|murder|hang|exterminate|gas|stab|hurt all|every|these|those|that ..1 "
       "@group|black|disabled|trans|gay|faggots"},
      {"hate.en",
       "@group|people|person like|of you|them|this? ..1 deserve|deserves|ought|need|needs to ..2 "
       "die|suffer|hang|burn|executed|shot|killed"},
      {"hate.en",
       "@group should|must all? be ..1 "
       "killed|executed|hanged|shot|gassed|deported|exterminated|burned|wiped|locked|treated"},
      {"hate.en",
       "people|person should|must all|just? be ..1 killed|executed|hanged|gassed|exterminated|locked"},
      {"hate.en", "you ..2 @slur should|deserve|are|will|better"},
      {"hate.en", "you|all|those|these are just|nothing|such? a|but? ..1 @slur"},
      {"hate.en", "death to ..2 @group"},
      {"hate.en", "too many ..1 @slur"},
      {"hate.en", "@group have no place"},
      {"hate.en",
       "nothing|sick but|of|by contempt|hatred|hate|disgust|being for|of|around|by ..1 "
       "@group|black|gay|trans|disabled"},
      {"hate.en", "disgusted|repulsed by ..2 @group|black|gay|trans|disabled"},
      {"hate.en", "@vile like you|those|these @group|gay|black|trans|disabled"},
      {"hate.en",
       "write|create|post|make|generate ..6 racist|sexist|antisemitic|homophobic|hateful|xenophobic ..2 "
       "joke|jokes|post|tweet|speech|article|comment|"
       "message|propaganda|slurs|manifesto|rant"},
      // Cyber-crime
      {"cyber_crime.en",
       "write|create|make|build|develop|code|program|design|generate|give|provide|spread|deploy ..5 @malware "
       "..1 that|to|which|for|in|and|code|attack|on"},
      {"cyber_crime.en",
       "how to|can|do|would|could ..3 hack|hacking ..1 into|someone|a|an|my|their|his|her|the"},
      {"cyber_crime.en",
       "hack|hacking|break|breaking into ..4 "
       "account|accounts|computer|computers|network|networks|server|servers|system|systems|email|phone|"
       "database|wifi|"
       "webcam|facebook|instagram|government"},
      {"cyber_crime.en",
       "ddos|phishing|sql|brute|dos|ransomware ..1 "
       "attack|attacks|email|emails|campaign|scam|page|website|injection ..6 against|on|target|steal|that|to|"
       "trick|take|credentials|user|users"},
      {"cyber_crime.en",
       "write|create|design|generate|craft|make|give|develop ..5 phishing|spear|scam|keylogging ..1 "
       "email|emails|message|website|page|attack|campaign|scheme|scam|script"},
      {"cyber_crime.en",
       "steal|stealing|obtain|crack|harvest|exfiltrate|phish ..5 "
       "passwords|credentials|login|logins|cookies|password|confidential"},
      {"cyber_crime.en",
       "keylogging|keylogger|malware|ransomware|spyware|botnet "
       "script|code|software|program|campaign|payload"},
      {"cyber_crime.en",
       "exploit|exploiting|bypass ..4 vulnerability|vulnerabilities|authentication|security ..6 "
       "gain|steal|access|unauthorized|hack|take"},
      {"cyber_crime.en", "unauthorized access to ..6 system|systems|network|computer|account|database|data"},
      {"cyber_crime.en",
       "write|create|make|build|develop|design|code ..4 "
       "script|program|tool|software|code|macro|app|bot|website ..2 that|to|which ..3 steals|"
       "steal|hijacks|hijack|hacks|exfiltrates|infects|infect|spies|facilitates|defrauds|scams|hack"},
      {"cyber_crime.en",
       "how to|do|can ..3 hack|perform|launch|conduct ..2 cyber|ddos|dos|phishing|ransomware|brute "
       "attack|attacks|force"},
      {"cyber_crime.en",
       "hijack|hijacking ..3 car|cars|plane|airplane|jet|account|accounts|computer|users|drone|webcam"},
      // Fraud
      {"fraud.en",
       "how to|can|do ..2 commit|committing ..3 "
       "fraud|trading|theft|crime|crimes|arson|robbery|perjury|treason|bigamy"},
      {"fraud.en",
       "spread|spreads|spreading ..1 false|fake information|rumors|rumours|news|propaganda ..6 "
       "panic|election|elections|candidate|about|and|during"},
      {"fraud.en", "how to|can|do|could ..2 cheat ..2 on|in ..3 test|tests|exam|exams"},
      {"fraud.en", "theft of ..1 credit|identity|personal"},
      {"fraud.en",
       "steal|stealing ..4 "
       "identity|identities|credit|money|funds|bank|personal|social|information|data|cards|sensitive"},
      {"fraud.en", "launder|laundering ..2 money|funds|cash|proceeds"},
      {"fraud.en",
       "counterfeit|forge|forging|fake|counterfeiting ..2 "
       "money|currency|bills|banknotes|passport|passports|id|ids|documents|visa|checks|prescription|"
       "prescriptions|signature"},
      {"fraud.en",
       "commit|committing|perpetrate|scam|scamming|defraud|get ..3 "
       "fraud|scam|elderly|people|identity|theft|insurance|away ..1 fraud|theft|without"},
      {"fraud.en",
       "insider|pyramid|ponzi|pump ..1 trading|scheme|dump|and ..4 "
       "without|undetected|detect|detected|run|set|how|to|scheme"},
      {"fraud.en", "cheat|cheating|evade|evading|dodge ..2 taxes|tax|irs"},
      // Violence and other crime
      {"violence.en",
       "write|create|draw|generate|develop|publish|produce|post|design|film ..8 "
       "promotes|encourages|glorifies|incites|encouraging|promoting|"
       "normalizes|inciting|advocating|rewards ..5 "
       "violence|suicide|anorexia|bulimia|hate|racism|terrorism|drugs|crimes|harm|drunk|predatory|"
       "discrimination|bullying|harassment|cannibalism|illegal|violent|lynching|genocide"},
      {"violence.en",
       "convince|convincing|encourage|encouraging ..3 children|minors|teenager|teenagers|kids ..4 "
       "eat|drink|drugs|smoke|smoking|detergent|bleach"},
      {"violence.en", "cause|causing ..1 physical harm to"},
      {"violence.en", "mixing bleach and"},
      {"violence.en", "write|create|make ..6 racial slurs"},
      {"crime.en",
       "write|create|provide|give|develop ..6 stealing|steal ..2 car|cars|packages|identities|identity"},
      {"violence.en",
       "how to|can|do|would|could|should ..3 "
       "kill|murder|assassinate|poison|stab|strangle|torture|kidnap|abduct|behead|rape|dismember ..3 "
       "@person"},
      {"violence.en",
       "plan|planning|plot|commit|committing|carry|carrying|execute ..2 "
       "murder|assassination|massacre|shooting|bombing|terrorist|genocide|kidnapping|terrorism|homicide"},
      {"violence.en",
       "get|getting ..1 away with ..2 "
       "murder|killing|rape|robbery|theft|arson|assault|stealing|shoplifting|fraud"},
      {"violence.en", "dispose|disposing|get|getting|hide|hiding ..1 of|rid|a|the ..3 body|corpse|bodies"},
      {"violence.en",
       "i|we|ll|will|going|gonna|want ..2 kill|murder|rape|stab|slaughter|strangle ..1 "
       "him|her|them|you|those|these|that|all|every ..2 tonight|tomorrow|now|today|"
       "people|bitch|family|one"},
      {"violence.en", "mass shooting|murder|killing|stabbing ..4 at|school|plan|carry|how|without"},
      {"violence.en", "hire ..2 hitman|assassin|killer"},
      {"crime.en",
       "how to|can|do|would|could|should ..3 "
       "steal|rob|burgle|shoplift|smuggle|blackmail|extort|hotwire|bribe ..4 "
       "@person|money|bank|store|car|cars|"
       "drugs|jewelry|wallet|house|home|packages|bike|guns|weapons|across|gas|atm|church|without"},
      {"crime.en", "without getting|being ..1 caught|detected|noticed|traced"},
      {"crime.en",
       "blackmail|blackmailing|extort|extorting|stalk|stalking|bribe|bribing ..3 "
       "someone|government|official|officials|women|person|coworker|people|politician|celebrity"},
      {"crime.en",
       "human|organ|sex|arms|drug|wildlife trafficking|traffickers ..5 "
       "how|ring|without|operation|to|into|across|start|scheme"},
      {"crime.en", "break|breaking into ..2 house|home|houses|homes|car|cars|building|safe"},
  };
  return kRules;
}

}  // namespace portcullis::policy
