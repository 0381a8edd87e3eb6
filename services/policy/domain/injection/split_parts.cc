#include "services/policy/domain/injection/split_parts.h"

#include <algorithm>

#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/scan/word_list.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxNameBytes = 24;
constexpr size_t kMaxSigns = 256;        // "=" and ":" that are looked at in one text
constexpr size_t kMaxVerbDistance = 60;  // from "remember" to its colon
constexpr size_t kMaxRuns = 8;

// Before a number: "part 1".
constexpr std::string_view kPartWords[] = {"part",    "piece",  "fragment", "chunk",   "step",  "line",
                                           "section", "teil",   "stuck",    "partie",  "parte", "pezzo",
                                           "pieza",   "string", "token",    "variable"};

constexpr std::string_view kStoreVerbs[] = {"remember", "memorize",  "memorise", "store",     "save",
                                            "keep",     "note",      "hold",     "merke",     "merk",
                                            "speicher", "speichere", "retiens",  "retenez",   "recuerda",
                                            "guarda",   "memoriza",  "ricorda",  "memorizza", "salva"};

constexpr std::string_view kJoiningWords[] = {"and",  "then", "plus", "with", "followed", "by",     "und",
                                              "dann", "mit",  "et",   "puis", "avec",     "y",      "luego",
                                              "con",  "e",    "poi",  "part", "teil",     "partie", "parte"};

bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool IsNameByte(char c) { return IsAlnum(c) || c == '_'; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ToLower);
  return lower;
}

// The name that ends before `end`, or "".
std::string_view NameBefore(std::string_view text, size_t end) {
  while (end > 0 && (text[end - 1] == ' ' || IsQuote(text[end - 1]))) --end;
  size_t begin = end;
  while (begin > 0 && IsNameByte(text[begin - 1]) && end - begin <= kMaxNameBytes) --begin;
  return end - begin > kMaxNameBytes ? std::string_view() : text.substr(begin, end - begin);
}

bool FollowsPartWord(std::string_view text, std::string_view number) {
  if (number.empty() || !std::all_of(number.begin(), number.end(), IsDigit)) return false;
  return IsOneOf(Lower(NameBefore(text, static_cast<size_t>(number.data() - text.data()))), kPartWords);
}

// Whether a verb of remembering stands before the colon, on its line.
bool FollowsStoreVerb(std::string_view text, size_t colon) {
  size_t at = colon;
  while (at > 0 && colon - at < kMaxVerbDistance && text[at - 1] != '\n') {
    while (at > 0 && !IsNameByte(text[at - 1]) && text[at - 1] != '\n') --at;
    size_t begin = at;
    while (begin > 0 && IsNameByte(text[begin - 1]) && at - begin <= kMaxNameBytes) --begin;
    if (begin == at || at - begin > kMaxNameBytes) return false;
    if (IsOneOf(Lower(text.substr(begin, at - begin)), kStoreVerbs)) return true;
    at = begin;
  }
  return false;
}

// What stands from `at` on: in quotes, or (`bare`) up to the end of the line or ";". Longer values are cut.
std::string_view ValueAt(std::string_view text, size_t at, bool bare) {
  while (at < text.size() && text[at] == ' ') ++at;
  if (at == text.size()) return {};
  const std::string_view rest = text.substr(at, kMaxPartBytes + 2);
  if (IsQuote(rest[0])) {
    const size_t close = rest.find(rest[0], 1);
    return close == std::string_view::npos ? std::string_view() : rest.substr(1, close - 1);
  }
  if (!bare) return {};
  size_t end = 0;
  while (end < rest.size() && end < kMaxPartBytes && rest[end] != '\n' && rest[end] != ';') ++end;
  return rest.substr(0, end);
}

// "==", "=>", "<=", "!=", "://", "::".
bool IsOperator(std::string_view text, size_t sign) {
  const char before = sign > 0 ? text[sign - 1] : ' ';
  const char after = sign + 1 < text.size() ? text[sign + 1] : ' ';
  return before == '=' || before == '!' || before == '<' || before == '>' || before == ':' || after == '=' ||
         after == '>' || after == '/' || after == ':';
}

void CollectAt(std::string_view text, size_t sign, uint32_t turn, std::vector<SplitPart>* parts) {
  if (IsOperator(text, sign)) return;
  std::string_view name = NameBefore(text, sign);
  const bool numbered = FollowsPartWord(text, name);
  const bool stored = text[sign] == ':' && !numbered && FollowsStoreVerb(text, sign);
  if (name.empty() && !stored) return;
  const std::string_view value = ValueAt(text, sign + 1, text[sign] == '=' || numbered || stored);
  if (std::none_of(value.begin(), value.end(), IsLetter)) return;
  if (parts->size() == kMaxParts) parts->erase(parts->begin());
  parts->push_back({stored ? std::string() : Lower(name), std::string(value), turn});
}

// The latest part of that name, or npos.
size_t PartNamed(std::string_view word, const std::vector<SplitPart>& parts) {
  for (size_t i = parts.size(); i-- > 0;) {
    const std::string& name = parts[i].name;
    if (!name.empty() && name.size() == word.size() &&
        std::equal(name.begin(), name.end(), word.begin(), [](char a, char b) { return a == ToLower(b); }))
      return i;
  }
  return std::string_view::npos;
}

bool IsAssigned(std::string_view text, size_t after_name) {
  while (after_name < text.size() && (text[after_name] == ' ' || IsQuote(text[after_name]))) ++after_name;
  if (after_name == text.size()) return false;
  return text[after_name] == '=' || text[after_name] == ':';
}

}  // namespace

void CollectParts(std::string_view text, uint32_t turn, uint64_t* steps, std::vector<SplitPart>* parts) {
  size_t equals = text.find('=');
  size_t colon = text.find(':');
  for (size_t seen = 0; seen < kMaxSigns && std::min(equals, colon) != std::string_view::npos; ++seen) {
    size_t& next = equals < colon ? equals : colon;
    CollectAt(text, next, turn, parts);
    if (steps != nullptr) *steps += kMaxVerbDistance;
    next = text.find(equals < colon ? '=' : ':', next + 1);
  }
  if (steps != nullptr) *steps += text.size();
}

std::vector<std::vector<size_t>> NamedTogether(std::string_view text, const std::vector<SplitPart>& parts,
                                               uint64_t* steps) {
  std::vector<std::vector<size_t>> runs;
  std::vector<size_t> run;
  const auto end_run = [&] {
    if (run.size() >= 2 && runs.size() < kMaxRuns) runs.push_back(run);
    run.clear();
  };
  for (size_t at = 0; at < text.size();) {
    if (!IsNameByte(text[at])) {
      if (text[at] == '\n') end_run();
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < text.size() && IsNameByte(text[at])) ++at;
    const std::string_view word = text.substr(begin, at - begin);
    const size_t part = word.size() > kMaxNameBytes ? std::string_view::npos : PartNamed(word, parts);
    if (part != std::string_view::npos && !IsAssigned(text, at) && run.size() < kMaxParts) {
      run.push_back(part);
    } else if (part != std::string_view::npos || word.size() > kMaxNameBytes ||
               !IsOneOf(Lower(word), kJoiningWords)) {
      end_run();
    }
  }
  end_run();
  if (steps != nullptr) *steps += text.size();
  return runs;
}

}  // namespace portcullis::policy
