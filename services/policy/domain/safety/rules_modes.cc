// What the modes of safety-filter add to the general rules. English.
#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {

std::span<const SafetyRule> InfrastructureRules() {
  static constexpr SafetyRule kRules[] = {
      {"infrastructure.en",
       "hack|attack|sabotage|disable|cripple|destroy|shut|knock|take|overload|compromise|disrupt ..5 "
       "power|electric|"
       "electrical|energy|water|gas|rail|railway|telecom "
       "grid|grids|plant|plants|supply|network|substation|substations|"
       "pipeline|pipelines|reservoir|treatment|signalling|signaling"},
      {"infrastructure.en",
       "disable|bypass|defeat|override|trip|spoof|jam|suppress ..4 "
       "safety|emergency|protection|protective|overpressure|"
       "fire|gas interlock|interlocks|relay|relays|shutdown|valve|valves|alarm|alarms|instrumented"},
      {"infrastructure.en",
       "hack|exploit|attack|compromise|infect|sabotage|hijack|malware|ransomware ..5 "
       "scada|plc|plcs|ics|rtu|hmi|dcs|modbus|dnp3|iec104|profinet"},
      {"infrastructure.en",
       "poison|contaminate|contaminating|poisoning|pollute ..4 water|drinking|reservoir|food "
       "supply|supplies|reservoir|"
       "plant|system|chain"},
      {"infrastructure.en",
       "cause|causing|trigger|create|engineer ..4 blackout|blackouts|meltdown|derailment"},
      {"infrastructure.en",
       "jam|spoof|interfere|disrupt|hijack ..4 gps|gnss|radar|air|aviation|aircraft|transponder|atc "
       "signal|signals|"
       "navigation|traffic|systems|control|receivers"},
      {"infrastructure.en",
       "bring|crash|shoot|take ..2 down ..2 airplane|airliner|aircraft|plane|drone|helicopter"},
      {"infrastructure.en",
       "cut|sever|damage|sabotage ..3 undersea|submarine|fiber|fibre|transmission cable|cables|line|"
       "lines"},
      {"infrastructure.en", "derail|derailing ..3 train|trains|tram"},
      {"infrastructure.en",
       "open|breach|destroy|blow|sabotage ..4 dam|dams|floodgate|floodgates|levee ..3"
       " flood|gates|up|town|city|downstream"},
  };
  return kRules;
}

std::span<const SafetyRule> AutomotiveRules() {
  static constexpr SafetyRule kRules[] = {
      {"vehicles.en",
       "disable|bypass|defeat|remove|override|trick|fool|spoof|cut ..5 "
       "airbag|airbags|seatbelt|seatbelts|brakes|brake|"
       "abs|esc|adas|interlock|breathalyzer|immobilizer|immobiliser|autopilot"},
      {"vehicles.en", "roll|rolling|turn|wind|reset|change|tamper ..3 odometer|odometers|mileage"},
      {"vehicles.en", "odometer|mileage rollback|tampering|fraud|correction|blocker"},
      {"vehicles.en",
       "inject|spoof|send|flood|forge ..4 can|canbus|obd|ecu bus|messages|frames|frame|traffic ..6 "
       "brakes|brake|steering|engine|accelerate|airbag|throttle"},
      {"vehicles.en", "defeat device|devices"},
      {"vehicles.en",
       "delete|remove|disable|bypass|cheat|fool ..3 dpf|egr|catalytic|emissions|emission|smog|adblue"},
      {"vehicles.en",
       "steal|hotwire|relay|clone|jam|unlock ..5 car|cars|vehicle|vehicles|truck|fob|fobs|tesla|bmw ..4"
       " without|key|keys|attack|signal|someone|fob|owner"},
      {"vehicles.en", "hotwire|hot wire|wiring ..3 car|vehicle|truck|motorcycle"},
      {"vehicles.en",
       "disable|remove|bypass ..4 speed limiter|governor|limit ..4 truck|bus|school|fleet|scooter"},
      {"vehicles.en",
       "remotely|remote ..4 hijack|stop|crash|control|disable ..4 car|cars|vehicle|vehicles|truck"},
  };
  return kRules;
}

std::span<const SafetyRule> EducationRules() {
  static constexpr SafetyRule kRules[] = {
      {"cheating.en",
       "do|write|finish|complete|solve ..2 my homework|essay|assignment|coursework|dissertation|thesis ..2"
       " for me"},
      {"cheating.en",
       "bypass|evade|fool|trick|beat|avoid|undetectable|undetected ..4 "
       "turnitin|gptzero|plagiarism|proctoring|proctorio|respondus|lockdown|examity"},
      {"cheating.en", "cheat|cheating ..3 on|in|during ..3 exam|exams|test|tests|quiz|final|finals|sat"},
      {"cheating.en", "answer|answers ..2 key|to ..4 upcoming|tomorrow|final exam|test|quiz"},
      {"cheating.en", "so ..2 my teacher|professor does|do|cannot|can|won ..3 notice|know|tell|detect|find"},
      {"adult.en",
       "write|tell|describe|generate|create|give ..4 erotic|erotica|sex|sexual|porn|smut|nsfw "
       "story|stories|scene|scenes|roleplay|fantasy|fiction"},
      {"adult.en", "porn|pornhub|xxx|onlyfans site|sites|video|videos|link|links|account"},
      {"adult.en",
       "buy|get|obtain|order ..4 vape|vapes|alcohol|beer|vodka|cigarettes|weed|marijuana ..4"
       " minor|underage|without|fake|id"},
      {"adult.en", "make|get|buy|order ..3 fake id|ids"},
      {"adult.en", "online casino|gambling|betting ..3 site|sites|without|tips|account"},
      {"adult.en",
       "bring|sneak|smuggle ..3 gun|knife|weapon|vape|drugs|alcohol ..2 to|into|in ..2 school|class|campus"},
      {"violence.en", "shoot|bomb|attack|burn ..2 up|down ..2 school|classroom|campus"},
  };
  return kRules;
}

std::span<const SafetyRule> LawEnforcementRules() {
  static constexpr SafetyRule kRules[] = {
      {"obstruction.en",
       "evade|avoid|escape|outrun|mislead|deceive|lie ..3 police|cops|detectives|checkpoint|"
       "surveillance|dragnet|investigators"},
      {"obstruction.en",
       "destroy|tamper|hide|wipe|dispose|clean ..4 evidence|fingerprints|dna|bloodstains ..4 "
       "police|crime|scene|murder|court|detectives"},
      {"obstruction.en",
       "plant|planting|fabricate|fabricating|falsify|falsifying ..3 evidence|confession|warrant|report|"
       "testimony"},
      {"obstruction.en",
       "fake|forge|counterfeit|impersonate|impersonating|pose|posing ..3 police|officer|sheriff|fbi|"
       "detective|badge|warrant|marshal"},
      {"obstruction.en",
       "beat|cheat|fool|trick|defeat|pass ..3 breathalyzer|polygraph|lie|drug|sobriety detector|test|"
       "screening"},
      {"obstruction.en",
       "identify|unmask|expose|find|dox|track|locate ..4 informant|informants|undercover|witness|"
       "witnesses|snitch|juror|jurors"},
      {"obstruction.en",
       "jam|block|scramble|decrypt|intercept ..3 police radio|radios|scanner|communications|radar"},
      {"obstruction.en", "swat|swatting ..3 someone|him|her|neighbor|neighbour|streamer|house|call"},
      {"obstruction.en",
       "remove|cut|disable|defeat|bypass ..3 ankle|gps|electronic monitor|bracelet|tag|monitoring"},
      {"obstruction.en",
       "home|where ..2 address|addresses|live|lives ..3 officer|officers|judge|detective|agent|"
       "prosecutor|cop"},
      {"obstruction.en", "dispose|get|rid|hide|dissolve ..3 dead|human ..1 body|corpse|remains"},
      {"hate.en",
       "predict|profile|rank|flag ..5 criminal|criminals|crime|suspects|offenders ..4 by|based|from ..3"
       " race|ethnicity|religion|nationality|skin"},
  };
  return kRules;
}

}  // namespace portcullis::policy
