// The words by which street_address.cc knows postal addresses. Lower case, without accents.
#pragma once

#include <string_view>

namespace portcullis::policy {

// Behind the name: "12 Oak Street".
inline constexpr std::string_view kStreetWords[] = {
    "st",     "street",    "rd",        "road",  "ave",      "avenue",   "ln",      "lane", "dr",
    "drive",  "blvd",      "boulevard", "ct",    "court",    "sq",       "square",  "ter",  "terrace",
    "close",  "pl",        "place",     "cres",  "crescent", "pkwy",     "parkway", "hwy",  "highway",
    "circle", "cir",       "trail",     "alley", "mews",     "gardens",  "grove",   "row",  "walk",
    "quay",   "esplanade", "way",       "hill",  "loop",     "crossing", "ridge"};

// Of these the ones that may have a full stop.
inline constexpr std::string_view kShortStreetWords[] = {"st", "rd",  "ave",  "ln",   "dr",  "blvd", "ct",
                                                         "sq", "ter", "cres", "pkwy", "hwy", "cir",  "pl"};

// Before it: "rue de la Paix", "Via Roma".
inline constexpr std::string_view kStreetLeads[] = {
    "rue",   "avenue",    "boulevard", "bd",     "chemin", "allee",  "impasse",  "quai",
    "place", "route",     "cours",     "via",    "viale",  "piazza", "piazzale", "piazzetta",
    "corso", "vicolo",    "largo",     "strada", "calle",  "avda",   "avenida",  "plaza",
    "paseo", "carretera", "camino",    "ronda",  "rua",    "praca",  "travessa", "estrada",
    "ul",    "ulica",     "aleja",     "os",     "am",     "an",     "auf"};

// Of the last word before a house number: "Lange Straße 5", "Ringvej 144".
inline constexpr std::string_view kStreetEndings[] = {
    "strasse", "str",      "gasse",  "weg",   "platz",   "allee",   "damm",  "ufer",   "ring",
    "steig",   "chaussee", "straat", "laan",  "plein",   "gracht",  "kade",  "dreef",  "baan",
    "singel",  "vej",      "gade",   "gata",  "gate",    "gaten",   "gatan", "vagen",  "veien",
    "vegen",   "vegur",    "katu",   "tie",   "tee",     "kuja",    "polku", "utca",   "ter",
    "ulica",   "ulice",    "cesta",  "trida", "namesti", "iela",    "road",  "street", "lane",
    "weide",   "markt",    "hof",    "tun",   "skalinn", "terrasse"};

inline constexpr std::string_view kFlats[] = {"apt",         "apartment", "suite", "ste", "appt",
                                              "appartement", "wohnung",   "piso",  "flat"};
inline constexpr std::string_view kBoxes[] = {"postbox", "postfach", "postbus", "apartado"};
inline constexpr std::string_view kMilitary[] = {"apo", "fpo", "dpo"};
inline constexpr std::string_view kMonths[] = {
    "january",   "february", "march",    "april",    "may",   "june",   "july",    "august",
    "september", "october",  "november", "december", "jan",   "feb",    "mar",     "apr",
    "jun",       "jul",      "aug",      "sep",      "sept",  "oct",    "nov",     "dec",
    "januar",    "februar",  "marz",     "mai",      "juni",  "juli",   "oktober", "dezember",
    "chapter",   "section",  "article",  "page",     "table", "figure", "version", "step"};

// Within names of streets and places.
inline constexpr std::string_view kSmallWords[] = {
    "de",  "la",  "le",  "les", "du",  "des", "del", "della", "delle", "dei", "degli", "di", "da",  "do",
    "dos", "das", "van", "der", "den", "het", "of",  "the",   "y",     "i",   "e",     "og", "na",  "nad",
    "zu",  "zur", "zum", "am",  "im",  "al",  "el",  "los",   "las",   "sur", "sous",  "en", "aan", "op"};
inline constexpr std::string_view kShips[] = {"uss", "usns", "usnv", "uscgc"};

// Words that say that an address comes.
inline constexpr std::string_view kAddressWords[] = {
    "address",   "addresses", "adresse",  "direccion", "indirizzo", "adres",      "anschrift",
    "domicilio", "endereco",  "lives",    "live",      "living",    "located",    "reside",
    "resides",   "wohnt",     "wohne",    "wohnhaft",  "habite",    "vive",       "vivo",
    "abita",     "abito",     "woont",    "woon",      "ship",      "shipped",    "shipping",
    "deliver",   "delivered", "delivery", "billing",   "moved",     "mail",       "mailed",
    "return",    "taxi",      "corner",   "office",    "offices",   "restaurant", "arrived"};

}  // namespace portcullis::policy
