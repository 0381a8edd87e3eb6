#include "services/policy/domain/quality/quality_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>
#include <vector>

#include "libs/text/utf8.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMinWords = 20;         // fewer say nothing about repetition
constexpr double kGoodVariety = 0.6;     // of runs of three words that differ; prose has over 0.9
constexpr size_t kMinLongText = 200;     // bytes: only then an end within a sentence is odd
constexpr size_t kLanguageBytes = 8192;  // of a text suffice
constexpr size_t kMinNumberSize = 2;
constexpr size_t kMaxLink = 2000;

template <typename OnWord>
void EachWord(std::string_view text, OnWord on_word) {
  for (size_t at = 0; at < text.size();) {
    while (at < text.size() && !IsWordByte(text[at])) ++at;
    size_t end = at;
    while (end < text.size() && IsWordByte(text[end])) ++end;
    if (end > at) on_word(text.substr(at, end - at));
    at = end;
  }
}

template <typename OnNumber>
void EachNumber(std::string_view text, OnNumber on_number) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (!IsDigit(text[at]) || (at > 0 && IsWordByte(text[at - 1]))) continue;
    std::string number;
    while (at < text.size() && (IsDigit(text[at]) || ((text[at] == '.' || text[at] == ',') &&
                                                      at + 1 < text.size() && IsDigit(text[at + 1])))) {
      if (text[at] != ',') number += text[at];
      ++at;
    }
    if (number.size() >= kMinNumberSize) on_number(std::move(number));
  }
}

template <typename OnLink>
void EachLink(std::string_view text, OnLink on_link) {
  size_t next = 0;
  for (size_t at = text.find("://"); at != text.npos; at = text.find("://", next)) {
    size_t begin = at;
    while (begin > next && IsLetter(text[begin - 1])) --begin;
    size_t end = at + 3;
    while (end < text.size() && end - at<kMaxLink&& static_cast<uint8_t>(text[end])> ' ' &&
           std::string_view("<>\"'()[]{}`").find(text[end]) == std::string_view::npos)
      ++end;
    next = end;
    while (end > at && std::string_view(".,;:!?*_/").find(text[end - 1]) != std::string_view::npos) --end;
    if (end > at + 3) on_link(std::string(text.substr(begin, end - begin)));
  }
}

template <typename OnSource>
void EachSource(std::string_view text, OnSource on_source) {
  for (size_t at = text.find('['); at != text.npos; at = text.find('[', at + 1)) {
    size_t end = at + 1;
    while (end < text.size() && end - at < 4 && IsDigit(text[end])) ++end;
    if (end > at + 1 && end < text.size() && text[end] == ']')
      on_source(std::string(text.substr(at, end + 1 - at)));
  }
}

void Keep(std::string fact, std::set<std::string>* facts) {
  if (facts->size() < kMaxQualityFacts) facts->insert(std::move(fact));
}

struct Script {
  char32_t from, to;
  const char* language;
};
constexpr Script kScripts[] = {{0x370, 0x3FF, "el"},   {0x400, 0x4FF, "ru"},   {0x590, 0x5FF, "he"},
                               {0x600, 0x6FF, "ar"},   {0x900, 0x97F, "hi"},   {0xE00, 0xE7F, "th"},
                               {0x3040, 0x30FF, "ja"}, {0x4E00, 0x9FFF, "zh"}, {0xAC00, 0xD7AF, "ko"}};

// Japanese is known by its syllables: half of its letters are Chinese.
std::string LanguageByScript(std::string_view text) {
  std::map<std::string, size_t> counts;
  size_t letters = 0;
  for (size_t at = 0; at < text.size();) {
    const text::CodePoint next = text::DecodeUtf8(text.substr(at));
    at += next.length;
    if (next.value > 0x7F || IsLetter(static_cast<char>(next.value))) ++letters;
    for (const Script& script : kScripts) {
      if (next.value >= script.from && next.value <= script.to) ++counts[script.language];
    }
  }
  if (counts["ja"] * 5 > counts["zh"] && counts["ja"] > 0) counts["ja"] += counts["zh"];
  for (const auto& [language, count] : counts) {
    if (count * 2 > letters) return language;
  }
  return {};
}

struct CommonWords {
  const char* language;
  std::string_view words;  // each between spaces
};
// The commonest words that few of the other languages share.
constexpr CommonWords kCommon[] = {
    {"en",
     " the and of to is that it for was with as are this you be have not or from they at but what can will "
     "your "},
    {"de",
     " der die und das ist nicht mit ein eine zu den dem des auf sich im von auch wird sie werden bei oder "
     "als ich "},
    {"fr",
     " le les et est des une du pas que qui dans pour sur au avec ce vous sont ou plus par nous aux cette "
     "je "},
    {"es",
     " el los y del las una por con para que es se su al como pero sus este más está lo mas esta muy son "
     "ser "},
    {"it",
     " il di che è per un non sono della con del gli si alla da nel dei una le questo anche più ma come e "},
    {"pt",
     " o os não do da em um uma para com são dos das no na que ao pelo você também mais seu sua foi nao e "},
    {"nl",
     " de het een van en niet dat op te zijn voor met die ook als aan er maar om bij naar uit worden deze "
     "is "},
};

std::string LanguageByWords(std::string_view text) {
  std::array<size_t, std::size(kCommon)> counts{};
  size_t words = 0;
  EachWord(text, [&](std::string_view word) {
    ++words;
    std::string padded = " ";
    for (const char c : word) padded += ToLower(c);
    padded += ' ';
    for (size_t i = 0; i < std::size(kCommon); ++i) {
      if (kCommon[i].words.find(padded) != std::string_view::npos) ++counts[i];
    }
  });
  const size_t best = static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  const size_t most = counts[best];
  const bool clear =
      std::count_if(counts.begin(), counts.end(), [&](size_t n) { return n * 5 > most * 4; }) == 1;
  return words >= 4 && most >= 2 && most * 10 >= words && clear ? kCommon[best].language : "";
}

bool HoldsAny(std::string_view lower, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string_view::npos; });
}

double ShareOf(size_t good, size_t all) {
  return all == 0 ? -1 : static_cast<double>(good) / static_cast<double>(all);
}

}  // namespace

void QualityContext::Add(std::string_view text) {
  EachNumber(text, [&](std::string number) { Keep(std::move(number), &numbers); });
  EachLink(text, [&](std::string link) { Keep(std::move(link), &links); });
  EachSource(text, [&](std::string source) { Keep(std::move(source), &sources); });
}

std::string LanguageOf(std::string_view text) {
  text = text.substr(0, kLanguageBytes);
  std::string language = LanguageByScript(text);
  return language.empty() ? LanguageByWords(text) : language;
}

size_t CountCodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                           [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

size_t CountWords(std::string_view text) {
  size_t words = 0;
  EachWord(text, [&](std::string_view) { ++words; });
  return words;
}

size_t CountSentences(std::string_view text) {
  size_t sentences = 0;
  bool open = false;  // letters since the last end
  for (size_t at = 0; at < text.size(); ++at) {
    const bool full_stop =
        text.substr(at, 3) == "。" || text.substr(at, 3) == "！" || text.substr(at, 3) == "？";
    const bool sign = text[at] == '.' || text[at] == '!' || text[at] == '?';
    const bool ends =
        full_stop || (sign && (at + 1 == text.size() || static_cast<uint8_t>(text[at + 1]) <= ' ' ||
                               text[at + 1] == '"' || text[at + 1] == ')'));
    if (ends && open) ++sentences;
    open = ends ? false : open || IsWordByte(text[at]);
  }
  return sentences + (open ? 1 : 0);
}

double WholenessOf(std::string_view text) {
  size_t fences = 0;
  for (size_t at = text.find("```"); at != text.npos; at = text.find("```", at + 3)) ++fences;
  if (fences % 2 == 1) return 0;
  while (!text.empty() && static_cast<uint8_t>(text.back()) <= ' ') text.remove_suffix(1);
  const auto count = [&](char c) { return std::count(text.begin(), text.end(), c); };
  const auto open =
      std::max<long>({count('(') - count(')'), count('[') - count(']'), count('{') - count('}'), 0});
  double score = open > 0 ? 0.7 : 1;
  const bool cut = text.size() >= kMinLongText && (IsAlnum(text.back()) || text.back() == ',');
  const size_t line = text.rfind('\n');
  const bool in_list = line != text.npos && text.size() - line < 80;  // lists and tables have no full stops
  if (cut && !in_list && CountSentences(text) > 1) score = std::min(score, 0.3);
  return score;
}

double VarietyOf(std::string_view text) {
  std::vector<size_t> words;
  EachWord(text, [&](std::string_view word) { words.push_back(std::hash<std::string_view>()(word)); });
  if (words.size() < kMinWords) return 1;
  std::unordered_set<size_t> runs;
  for (size_t i = 0; i + 2 < words.size(); ++i)
    runs.insert((words[i] * 0x9E3779B97F4A7C15u ^ words[i + 1]) * 0x9E3779B97F4A7C15u ^ words[i + 2]);
  // Long texts repeat more: what counts is the share in each stretch of some 300 words.
  const double total = static_cast<double>(words.size() - 2);
  const double expected = total <= 300 ? kGoodVariety : kGoodVariety * 0.8;
  return std::min(1.0, static_cast<double>(runs.size()) / total / expected);
}

double PlaceholdersIn(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (const char c : text) lower += ToLower(c);
  const bool found =
      HoldsAny(lower, {"lorem ipsum", "[your name", "[insert ", "[name]", "[company", "<your ", "{{", "[todo",
                       "as an ai language model", "[date]", "[placeholder", "xxx-xxx"});
  return found ? 0 : 1;
}

double CitationsIn(std::string_view text, const QualityContext& context) {
  size_t all = 0;
  size_t good = 0;
  if (!context.sources.empty()) {
    EachSource(text, [&](const std::string& source) {
      ++all;
      good += context.sources.count(source);
    });
  }
  if (!context.links.empty()) {
    EachLink(text, [&](const std::string& link) {
      ++all;
      good += context.links.count(link);
    });
  }
  return ShareOf(good, all);
}

double NumbersIn(std::string_view text, const QualityContext& context) {
  if (context.numbers.empty()) return -1;
  size_t all = 0;
  size_t good = 0;
  EachNumber(text, [&](const std::string& number) {
    ++all;
    good += context.numbers.count(number);
  });
  return ShareOf(good, all);
}

}  // namespace portcullis::policy
