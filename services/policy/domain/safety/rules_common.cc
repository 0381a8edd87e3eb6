#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {

const WordSets& SafetyWordSets() {
  static const WordSets kSets = {
      // English
      {"make",
       "make|making|build|building|create|creating|construct|constructing|assemble|assembling|craft|"
       "manufacture|manufacturing|"
       "produce|producing|synthesize|synthesizing|synthesise|synthesising|cook|cooking|brew|develop|prepare|"
       "extract"},
      {"bomb",
       "bomb|bombs|explosive|explosives|grenade|grenades|ied|ieds|molotov|landmine|detonator|detonators|"
       "napalm|thermite|pipebomb"},
      {"harmless_bomb",
       "bath|cherry|photo|seed|glitter|stink|fork|zip|logic|yarn|smoke|f|chocolate|cocoa|calorie|game|movie|"
       "prop|detect|defuse"},
      {"person",
       "someone|somebody|him|her|people|person|them|anyone|wife|husband|neighbor|neighbors|neighbour|boss|"
       "man|woman|girl|girlfriend|boyfriend|mother|"
       "father|mom|dad|brother|sister|kid|kids|child|children|coworker|teacher|roommate|president|politician|"
       "cop|cops|police|ex|student|students|mayor|"
       "strangers|human|humans"},
      {"drug",
       "meth|methamphetamine|mdma|ecstasy|cocaine|crack|heroin|fentanyl|lsd|ghb|ketamine|dmt|nitazene|"
       "carfentanil|amphetamine|"
       "amphetamines|pcp|rohypnol|opioids"},
      {"malware",
       "malware|ransomware|spyware|keylogger|keyloggers|botnet|rootkit|trojan|worm|virus|rat|exploit|"
       "backdoor|stealer"},
      {"child",
       "child|children|childs|minor|minors|kid|kids|underage|preteen|preteens|toddler|toddlers|schoolgirl|"
       "schoolboy|infant|infants"},
      {"sexual",
       "sex|sexual|sexually|porn|porno|pornography|pornographic|nude|nudes|naked|erotic|erotica|lewd|"
       "explicit|molest|rape|seduce|orgasm"},
      {"group",
       "women|woman|muslims|muslim|jews|jew|blacks|immigrants|immigrant|gays|gay|lesbians|trans|disabled|"
       "refugees|mexicans|arabs|"
       "asians|transgender|christians|hindus|foreigners|homosexuals|gypsies|negroes"},
      {"slur",
       "nigger|niggers|faggot|faggots|kike|kikes|tranny|trannies|spic|spics|wetback|wetbacks|raghead|"
       "ragheads|gook|gooks|chink|chinks|"
       "paki|pakis|retard|retards|dyke|dykes|cripple|cripples|mong|jihadi|jihadis|rapefugee|rapefugees|"
       "camelfucker|camelfuckers"},
      {"vile",
       "scum|vermin|trash|garbage|filth|filthy|cockroaches|parasites|parasite|subhuman|subhumans|animals|"
       "savages|plague|cancer|virus|disease|"
       "inferior|worthless|disgusting|dirt|pest|pests|rats|pigs|apes|shit|disgrace|assholes|bastards|"
       "motherfuckers|dickheads|scumbags|pricks|"
       "bitches|cunts|idiots|stupid|repulsive|vile|abomination"},
  };
  return kSets;
}

}  // namespace portcullis::policy
