#!/usr/bin/env python3
"""Writes services/policy/domain/pii/{given_names,surnames}.cc: names of persons for pii-detector.

  pip install faker==40.54.0
  tools/build_name_list.py TEXTS.jsonl...

The names are those that the package Faker (MIT) has for the countries below, without accents, in lower case. TEXTS are
ordinary texts (JSON lines with "text" and "label"; label 0 counts): a name that they hold in lower case too, or that is a
word of Faker's filler texts or a place, is a word as well. Of the texts nothing but that bit goes into the list.
"""
import collections
import importlib
import json
import pathlib
import re
import sys
import unicodedata

# Country -> how many given names and surnames at most. The six languages of the rules in full, neighbours in part.
LOCALES = {
    "en_US": (690, 1000), "en_GB": (364, 500), "en_IE": (150, 300), "de_DE": (900, 404), "de_AT": (300, 500),
    "fr_FR": (215, 400), "fr_BE": (300, 200), "fr_CA": (188, 150), "es_ES": (600, 700), "es_MX": (345, 300),
    "it_IT": (458, 700), "nl_NL": (499, 600), "nl_BE": (250, 150), "pt_PT": (201, 96), "pt_BR": (282, 102),
    "pl_PL": (153, 1), "cs_CZ": (263, 150), "hu_HU": (200, 100), "da_DK": (250, 91), "no_NO": (200, 101),
    "sv_SE": (300, 250), "fi_FI": (250, 200), "hr_HR": (216, 250), "sl_SI": (250, 173), "ro_RO": (200, 43),
    "is_IS": (150, 100),
}
FILLERS = ["en_US", "de_DE", "fr_FR", "it_IT", "nl_NL", "da_DK", "pl_PL"]
PLACES = """paris london berlin wien milan milano roma firenze florence sydney melbourne victoria austin dallas houston
lincoln jackson madison charlotte orlando phoenix brooklyn chelsea carolina virginia georgia dakota savannah lourdes
santiago mercedes cordoba valencia leon cadiz lorraine bourgogne york washington lancaster chester bristol windsor
nancy tours troyes essen hamburg frankfurt bremen siena verona modena ravenna nordic asia europa africa america""".split()
PLAIN = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d",
                       "Đ": "D", "ı": "i", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"})
WIDTH = 102
FOLDER = pathlib.Path(__file__).parent.parent / "services/policy/domain/pii"


def fold(name):
    plain = unicodedata.normalize("NFKD", name.translate(PLAIN))
    return "".join(c for c in plain if not unicodedata.combining(c))


def words_of(values):
    for value in values:
        for word in re.split(r"[^\w]+", fold(str(value))):
            if word.isascii() and word.isalpha() and len(word) > 2:
                yield word.lower()


def provider(kind, locale):
    return importlib.import_module(f"faker.providers.{kind}.{locale}").Provider


def names_of(locale, beginning):
    found = collections.Counter()
    person = provider("person", locale)
    for key in dir(person):
        values = getattr(person, key)
        if key.startswith(beginning) and isinstance(values, (list, tuple, dict)):
            weights = values if isinstance(values, dict) else dict.fromkeys(values, 1)
            for value, weight in weights.items():
                for word in words_of([value]):
                    found[word] = max(found[word], weight)
    return found


def pick(counter, most, common):
    """The most frequent ones; where all are equal, those that most countries have."""
    ranked = sorted(counter, key=lambda name: (-counter[name], -common[name], name))
    return set(ranked[:most])


def ordinary_words(paths):
    lower, capital = collections.Counter(), collections.Counter()
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["label"] == 0:
                    lower.update(re.findall(r"(?<![\w@.])[a-z]{3,}(?![\w@])", row["text"]))
                    capital.update(word.lower() for word in re.findall(r"\b[A-Z][a-z]{2,}\b", row["text"]))
    fillers = set()
    for locale in FILLERS:
        fillers.update(words_of(provider("lorem", locale).word_list))
    seen = {word for word, count in lower.items() if count >= 3} | fillers
    return {word for word in seen if 2 * (lower[word] + (word in fillers)) >= capital[word]}


def places():
    found = set(PLACES)
    found.update(words_of(provider("address", "en_US").countries))
    for locale in LOCALES:
        try:
            address = provider("address", locale)
        except ModuleNotFoundError:
            continue
        for key in ("states", "regions", "departments", "provinces", "cantons"):
            for value in getattr(address, key, ()):
                for place in value if isinstance(value, (list, tuple)) else [value]:
                    if len(str(place).split()) == 1:
                        found.update(words_of([place]))
    return found


def literal(name, words):
    lines, line = [], ""
    for word in sorted(words):
        if len(line) + len(word) + 1 > WIDTH:
            lines.append(line)
            line = ""
        line += word + " "
    lines.append(line)
    body = "\n".join(f'    "{line}"' for line in lines)
    return f"constexpr std::string_view {name} =\n{body};\n"


def main():
    given, surnames = {}, {}
    for locale in LOCALES:
        given[locale] = names_of(locale, ("first_names", "_first_names"))
        surnames[locale] = names_of(locale, ("last_names", "_last_names"))
    common = collections.Counter()
    for found in list(given.values()) + list(surnames.values()):
        common.update(found.keys())
    first, last = set(), set()
    for locale, (most_given, most_surnames) in LOCALES.items():
        first |= pick(given[locale], most_given, common)
        last |= pick(surnames[locale], most_surnames, common)
    words = ordinary_words(sys.argv[1:]) | places()
    write("given_names", "GivenNames", first - words, first & words)
    write("surnames", "Surnames", last - words, last & words)


def write(file, function, names, also_words):
    with open(FOLDER / f"{file}.cc", "w", encoding="utf-8") as out:
        out.write("// Written by tools/build_name_list.py; its head says from what. Do not edit.\n//\n")
        out.write("// Names of persons: Faker 40.54.0, which has this licence:\n//\n")
        for line in open(licence(), encoding="utf-8"):
            out.write(("// " + line.rstrip()).rstrip() + "\n")
        out.write('#include "services/policy/domain/pii/name_list.h"\n\nnamespace portcullis::policy {\nnamespace {\n\n')
        out.write(literal("kNames", names) + "\n")
        out.write(literal("kAlsoWords", also_words) + "\n}  // namespace\n\n")
        out.write(f"NameList {function}() {{ return {{kNames, kAlsoWords}}; }}\n\n}}  // namespace portcullis::policy\n")


def licence():
    from importlib.metadata import files
    return next(f.locate() for f in files("faker") if f.name == "LICENSE.txt")


if __name__ == "__main__":
    main()
