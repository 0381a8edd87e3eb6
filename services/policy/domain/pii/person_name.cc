#include "services/policy/domain/pii/person_name.h"

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/word_reader.h"
#include "services/policy/domain/scan/common_words.h"
#include "services/policy/domain/scan/word_list.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxWords = 6;
constexpr size_t kMinShape = 6;  // letters of a word that an ending makes a surname

// What the words before a name say of it.
enum class Lead : uint8_t { kNone, kWeak, kStrong };

constexpr std::string_view kTitles[] = {
    "mr",           "mrs",     "ms",        "miss",  "dr",      "prof",   "professor", "doctor",
    "sir",          "herr",    "herrn",     "frau",  "mme",     "mlle",   "monsieur",  "madame",
    "mademoiselle", "sr",      "sra",       "srta",  "senor",   "senora", "don",       "dona",
    "sig",          "signor",  "signora",   "dott",  "dottor",  "mevr",   "mevrouw",   "dhr",
    "meneer",       "patient", "detective", "judge", "senator", "captain"};

// Before a colon: "Name: ...".
constexpr std::string_view kLabels[] = {
    "name",     "names",     "vorname",   "nachname", "nom",      "prenom",   "nombre",
    "apellido", "apellidos", "nome",      "cognome",  "naam",     "voornaam", "achternaam",
    "surname",  "lastname",  "firstname", "patient",  "customer", "kunde",    "client",
    "cliente",  "klant",     "contact",   "attn",     "author",   "signed",   "employee"};

constexpr std::string_view kGreetings[] = {
    "dear",     "sincerely",   "regards", "cheers",    "liebe",        "lieber",  "geehrte", "geehrter",
    "grussen",  "grusse",      "cher",    "chere",     "cordialement", "querido", "querida", "estimado",
    "estimada", "atentamente", "saludos", "caro",      "cara",         "gentile", "saluti",  "beste",
    "geachte",  "groeten",     "groet",   "named",     "called",       "genannt", "namens",  "says",
    "said",     "wife",        "husband", "son",       "daughter",     "brother", "sister",  "mother",
    "father",   "kid",         "friend",  "colleague", "starring"};

struct Pair {
  std::string_view second, first;
};
constexpr Pair kIntroductions[] = {{"name", "is"},   {"name", "s"},      {"name", "ist"}, {"ich", "heisse"},
                                   {"ich", "heiss"}, {"m", "appelle"},   {"nom", "est"},  {"me", "llamo"},
                                   {"nombre", "es"}, {"mi", "chiamo"},   {"nome", "e"},   {"ik", "heet"},
                                   {"naam", "is"},   {"directed", "by"}, {"sung", "by"},  {"written", "by"}};
constexpr Pair kWeakIntroductions[] = {{"i", "m"},      {"i", "am"},    {"this", "is"}, {"ich", "bin"},
                                       {"je", "suis"},  {"ik", "ben"},  {"yo", "soy"},  {"io", "sono"},
                                       {"hier", "ist"}, {"met", "with"}};
constexpr std::string_view kWeakWords[] = {"by",      "asked", "told", "thanks", "hi",  "hello", "hallo",
                                           "bonjour", "hola",  "ciao", "met",    "soy", "sono"};

constexpr std::string_view kParticles[] = {"van", "von", "de",  "der", "den", "del", "della",
                                           "di",  "da",  "dos", "du",  "le",  "la",  "el",
                                           "al",  "bin", "ter", "ten", "zu",  "af",  "y"};

// Endings that hardly any other word has.
constexpr std::string_view kSurnameEndings[] = {
    "sson",  "dottir", "ovic", "evic", "ovich", "enko", "oglu",   "poulos", "ovna", "akis", "ova",  "eva",
    "nsen",  "rsen",   "lsen", "ssen", "inen",  "anen", "shvili", "idze",   "icz",  "chuk", "escu", "qvist",
    "quist", "nski",   "rski", "wski", "lski",  "nska", "rska",   "wska",   "lska", "aev",  "iev",  "kov",
    "lov",   "nov",    "mov",  "rov",  "tov",   "dov",  "ndez",   "guez",   "quez", "inez", "irez", "varez"};

// Days, months, peoples and other words with a capital that CommonnessOf does not know as common.
constexpr std::string_view kCapitalWords[] = {
    "monday",   "tuesday",  "wednesday", "thursday",  "friday",   "saturday", "sunday",     "january",
    "february", "march",    "april",     "june",      "july",     "august",   "september",  "october",
    "november", "december", "english",   "german",    "french",   "spanish",  "italian",    "dutch",
    "american", "british",  "european",  "russian",   "chinese",  "japanese", "university", "street",
    "avenue",   "road",     "inc",       "ltd",       "llc",      "gmbh",     "corp",       "group",
    "company",  "north",    "south",     "east",      "west",     "northern", "southern",   "eastern",
    "western",  "united",   "states",    "kingdom",   "republic", "island",   "islands",    "lake",
    "mount",    "saint",    "san",       "santa",     "los",      "las",      "new",        "apt",
    "suite",    "unit",     "box",       "hallo",     "bonjour",  "hola",     "ciao",       "dear",
    "bank",     "hotel",    "school",    "orchestra", "band",     "der",      "die",        "das",
    "le",       "la",       "les",       "el",        "il",       "lo",       "gli",        "het",
    "een",      "und",      "et",        "y",         "ja",       "nein",     "oui",        "non",
    "herr",     "frau",     "von",       "van",       "mr",       "mrs",      "ms",         "dr",
    "prof",     "moldova",  "genova",    "casanova",  "nova",     "geneva"};

// Behind a name they make it one of a company or a street.
constexpr std::string_view kNoPerson[] = {
    "inc",      "llc",       "ltd",        "gmbh",    "corp",         "corporation", "group",  "company",
    "holdings", "partners",  "solutions",  "systems", "technologies", "investments", "bank",   "university",
    "hospital", "institute", "foundation", "street",  "st",           "road",        "rd",     "avenue",
    "ave",      "lane",      "drive",      "park",    "mall",         "square",      "place",  "court",
    "hills",    "island",    "islands",    "lake",    "river",        "airport",     "station"};

struct NameWord {
  WordReader::Word word;
  uint8_t kind = 0;       // of the list
  bool initial = false;   // "D." or "D"
  bool particle = false;  // "van"
  bool ordinary = false;  // a word that many texts have
  bool shaped = false;    // ends like a surname

  bool IsGiven() const { return (kind & kGivenName) != 0; }
  bool OnlyName() const { return kind != 0 && (kind & kAlsoWord) == 0; }
  bool IsSurname() const { return ((kind & kSurname) != 0 && OnlyName()) || shaped; }
  // A word with a capital that may be a name that no list has.
  bool MayBeName() const { return word.capital && !initial && !ordinary && (!word.upper || kind != 0); }
};

bool EndsLikeSurname(std::string_view lower) {
  return lower.size() >= kMinShape &&
         std::any_of(std::begin(kSurnameEndings), std::end(kSurnameEndings),
                     [&](std::string_view ending) { return lower.ends_with(ending); });
}

NameWord ReadNameWord(WordReader& reader, size_t at, const NameTable& names) {
  NameWord out;
  out.word = reader.ReadWord(at);
  if (out.word.empty()) return out;
  const LowerWord lower = reader.lower(out.word);
  const std::string_view text = lower.view();
  out.kind = names.Of(text);
  if (const size_t hyphen = text.find('-'); out.kind == 0 && hyphen != text.npos)
    out.kind = names.Of(text.substr(0, hyphen));
  const bool word = IsOneOf(text, kCapitalWords) || IsOneOf(text, kTitles);
  if (word) out.kind |= kAlsoWord;
  out.particle = !out.word.capital && IsOneOf(text, kParticles);
  out.initial = text.size() == 1 && out.word.capital && text != "i";
  out.shaped = out.word.capital && EndsLikeSurname(text);
  out.ordinary = !out.initial && (word || (!out.OnlyName() && CommonnessOf(text) != Commonness::kRare));
  if (out.initial && reader.At(out.word.end) == '.') ++out.word.end;
  return out;
}

Lead LeadBefore(const Window& window, size_t position) {
  const WordsBefore before(window, position);
  const std::string_view gap = before.gap();
  const std::string_view nearest = before.word(0);
  if (nearest.empty()) return Lead::kNone;
  if ((gap == " " || gap == ". ") && IsOneOf(nearest, kTitles)) return Lead::kStrong;
  const size_t colon = gap.find(':');
  if (colon != gap.npos) return IsOneOf(nearest, kLabels) ? Lead::kStrong : Lead::kNone;
  const bool close =
      gap == " " || gap == " \"" || gap == ", " || gap == ",\n" || gap == "\n" || gap == ",\n\n";
  if (!close) return Lead::kNone;
  const auto ends = [&](const Pair& pair) { return before.Ends(pair.second, pair.first); };
  if (IsOneOf(nearest, kGreetings) || std::any_of(std::begin(kIntroductions), std::end(kIntroductions), ends))
    return Lead::kStrong;
  const bool weak = std::any_of(std::begin(kWeakIntroductions), std::end(kWeakIntroductions), ends);
  return weak || IsOneOf(nearest, kWeakWords) ? Lead::kWeak : Lead::kNone;
}

// The words from a position on that may make up one name.
class Sequence {
 public:
  Sequence(WordReader& reader, size_t position, const NameTable& names) : reader_(reader), names_(names) {
    words_[0] = ReadNameWord(reader, position, names);
    count_ = words_[0].word.empty() ? 0 : 1;
  }

  bool empty() const { return count_ == 0; }
  const NameWord& first() const { return words_[0]; }

  // Whether the word behind says that it is no person.
  bool NamesSomethingElse() {
    const NameWord& last = words_[count_ - 1];
    if (reader_.At(last.word.end) != ' ') return false;
    const WordReader::Word next = reader_.ReadWord(last.word.end + 1);
    return next.capital && IsOneOf(reader_.lower(next).view(), kNoPerson);
  }

  // Takes in the words that follow. The first word without a place in the list ends the name, but for a
  // second surname.
  void Extend() {
    bool surname = !first().IsGiven() && !first().initial;
    while (count_ < kMaxWords) {
      size_t taken = 1;
      NameWord next = Next(words_[count_ - 1]);
      NameWord after;
      if (next.particle) {
        after = Next(next);
        if (after.particle) next = after, after = Next(after);
        taken = 2;
      }
      const NameWord& name = taken == 2 ? after : next;
      if (name.word.empty() || !Takes(name, surname)) return;
      surname = surname || (!name.initial && !name.IsGiven());
      words_[count_] = name;
      ++count_;
    }
  }

  size_t count() const { return count_; }
  const NameWord& word(size_t index) const { return words_[index]; }
  size_t end() const {
    const NameWord& last = words_[count_ - 1];
    return last.word.end;
  }

 private:
  NameWord Next(const NameWord& word) {
    if (reader_.At(word.word.end) != ' ') return {};
    return ReadNameWord(reader_, word.word.end + 1, names_);
  }

  bool Takes(const NameWord& name, bool has_surname) const {
    if (!first().word.capital) return !name.word.capital && name.OnlyName();
    if (name.initial) return true;
    if (!name.word.capital || name.ordinary) return false;
    const bool complete = has_surname && count_ > 1 && !words_[count_ - 1].initial;
    return complete ? name.IsSurname() : name.MayBeName();
  }

  WordReader& reader_;
  const NameTable& names_;
  std::array<NameWord, kMaxWords> words_;
  size_t count_ = 0;
};

// Whether the words are a name, given what stands before them.
bool IsName(const Sequence& words, Lead lead) {
  const NameWord& first = words.first();
  const bool several = words.count() > 1;
  if (first.OnlyName() && (first.word.capital || lead == Lead::kStrong || several)) return true;
  if (!first.word.capital) return false;
  if (lead == Lead::kStrong) return first.MayBeName() || (first.initial && several);
  if (first.IsGiven() &&
      (lead == Lead::kWeak || (several && (words.word(1).IsSurname() || words.word(1).initial))))
    return true;
  if (first.initial) return several && words.word(words.count() - 1).IsSurname();
  if (!first.MayBeName()) return false;
  if (first.shaped) return true;
  if (!several) return false;
  const bool middle_initial = words.word(1).initial && words.count() > 2;
  return middle_initial || words.word(1).IsSurname() || (lead == Lead::kWeak && words.word(1).MayBeName());
}

// A cheap look at most words: in lower case only names of the list begin one.
bool IsPlainWord(const Window& window, size_t position, const NameTable& names) {
  if (window.text[position] <= 'Z') return false;
  WordReader reader(window, position, kMaxReadWord + 2);
  const WordReader::Word word = reader.ReadWord(position);
  if (reader.open()) return false;
  const uint8_t kind = names.Of(reader.lower(word).view());
  return kind == 0 || (kind & kAlsoWord) != 0;
}

}  // namespace

MatchResult MatchPersonName(const Window& window, size_t position, const NameTable& names) {
  const char before = position == 0 ? ' ' : window.text[position - 1];
  if (before == '@' || before == '/' || before == '_' || before == '#' || before == '-')
    return MatchResult::None();
  if (IsPlainWord(window, position, names)) return MatchResult::None();
  WordReader reader(window, position, kMaxPersonName);
  Sequence words(reader, position, names);
  if (reader.open()) return MatchResult::Open();
  const bool hopeless = words.empty() || (!words.first().word.capital && !words.first().OnlyName()) ||
                        (words.first().ordinary && !words.first().IsGiven());
  if (hopeless) return MatchResult::None();
  words.Extend();
  const bool other = words.NamesSomethingElse();
  if (reader.open()) return MatchResult::Open();
  if (other || !IsName(words, LeadBefore(window, position))) return MatchResult::None();
  return MatchResult::Match(static_cast<uint16_t>(Entity::kPersonName), words.end() - position);
}

}  // namespace portcullis::policy
