#include "services/policy/domain/scan/phrase_set.h"

#include <algorithm>
#include <optional>

#include "libs/text/folded_text.h"
#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/scan/common_words.h"
#include "services/policy/domain/scan/context.h"

namespace portcullis::policy {
namespace {

constexpr uint32_t kHashSeed = 2166136261u;  // FNV-1a
constexpr uint32_t HashByte(uint32_t hash, char c) { return (hash ^ static_cast<uint8_t>(c)) * 16777619u; }

uint32_t Hash(std::string_view text) {
  uint32_t hash = kHashSeed;
  for (const char c : text) hash = HashByte(hash, c);
  return hash;
}

bool EndsSentence(char c) { return c == '.' || c == '!' || c == '?'; }
bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// How often the words of a token are found in texts that have nothing to do with the rule; in no unit.
int AnchorCost(const PhraseToken& token) {
  int cost = 0;
  for (const std::string& word : token.words) {
    const bool prefix = word.back() == '*';
    const size_t length = word.size() - (prefix ? 1 : 0);
    switch (prefix ? CommonnessOfPrefix(word.substr(0, length)) : CommonnessOf(word)) {
      case Commonness::kVeryCommon:
        cost += length <= 3 ? 10'000 : 1'000;
        break;
      case Commonness::kCommon:
        cost += 100;
        break;
      case Commonness::kRare:
        cost += length <= 3 ? 30 : length <= 5 ? 8 : 2;
        break;
    }
  }
  return cost;
}

// How many letters of a word of this length may be wrong.
int WrongLetters(size_t length, int distance) {
  return length <= 4 ? 0 : std::min(distance, static_cast<int>((length - 1) / 4));
}

uint32_t LettersOf(std::string_view lower) {
  uint32_t letters = 0;
  for (const char c : lower) letters |= 1u << (IsLetter(c) ? c - 'a' : static_cast<uint8_t>(c) % 6 + 26);
  return letters;
}

// Whether `limit` insertions, removals and replacements of letters make `a` of `b` (Levenshtein, the band of its table
// that can stay within the limit).
bool IsNear(std::string_view a, std::string_view b, int limit) {
  std::array<int, kMaxWordBytes + 1> row;
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    int least = row[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      const int change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
      least = std::min(least, row[j]);
    }
    if (least > limit) return false;
  }
  return row[b.size()] <= limit;
}

}  // namespace

// The words of a window from one position on, read once for all rules.
class PhraseSet::Words {
 public:
  Words(const PhraseSet* set, const Window& window, size_t position)
      : set_(set), window_(window), position_(position) {}

  // kUnknown: the text ends before the word does.
  Next Get(size_t index, Word* word) {
    while (count_ <= index && state_ == Next::kWord) state_ = ReadNext();
    if (index >= count_) return state_;
    *word = words_[index];
    return Next::kWord;
  }

  size_t position() const { return position_; }

 private:
  Next ReadNext() {
    const std::string_view text = window_.text;
    if (count_ == words_.size()) return Next::kNone;
    size_t at = count_ == 0 ? position_ : words_[count_ - 1].end;
    const size_t gap_begin = at;
    bool new_sentence = false;
    while (at < text.size() && !IsWordByte(text[at])) {
      if (text[at] == text::kHardBreak || at - gap_begin == kMaxWordGapBytes) return Next::kNone;
      if (at > gap_begin && IsSpace(text[at]) && EndsSentence(text[at - 1])) new_sentence = true;
      ++at;
    }
    const size_t begin = at;
    while (at < text.size() && IsWordByte(text[at]) && at - begin <= kMaxWordBytes) ++at;
    if (window_.steps != nullptr) *window_.steps += at - gap_begin;
    if (at - begin > kMaxWordBytes || at - position_ > kMaxPhraseBytes) return Next::kNone;
    if (at == text.size() && !window_.final) return Next::kUnknown;
    if (at == begin) return Next::kNone;
    words_[count_++] = {at, set_->Lookup(text.substr(begin, at - begin)), new_sentence};
    return Next::kWord;
  }

  const PhraseSet* set_;
  const Window& window_;
  size_t position_;
  size_t count_ = 0;
  Next state_ = Next::kWord;
  std::array<Word, kMaxPhrasePositions> words_;
};

PhraseSet::PhraseSet(const std::vector<Phrase>& rules, int distance) : distance_(distance) {
  for (const Phrase& phrase : rules) AddRule(phrase);
  FinishEntries();
  for (uint32_t i = 0; i < entries_.size() && distance_ > 0; ++i) {
    const std::string& text = entries_[i].text;
    if (!entries_[i].prefix && text.size() <= kMaxWordBytes && WrongLetters(text.size(), distance_) > 0)
      near_[text.size()].push_back({LettersOf(text), i});
  }
}

void PhraseSet::AddRule(const Phrase& phrase) {
  const std::vector<PhraseToken>& tokens = phrase.tokens;
  Rule rule;
  rule.asserts = phrase.asserts;
  // closure[i]: position i and those that follow it over optional ones.
  std::vector<uint64_t> closure(tokens.size() + 1);
  closure[tokens.size()] = rule.accept = uint64_t{1} << tokens.size();
  for (size_t i = tokens.size(); i-- > 0;) {
    closure[i] = (uint64_t{1} << i) | (tokens[i].optional ? closure[i + 1] : 0);
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    const ClassId words = tokens[i].words.empty() ? kAnyWord : ClassOf(tokens[i].words);
    rule.positions.push_back({words, tokens[i].excludes, closure[i + 1]});
  }
  rule.start = closure[0];
  rules_.push_back(std::move(rule));
  AddAnchor(tokens);
}

PhraseSet::ClassId PhraseSet::ClassOf(const std::vector<std::string>& words) {
  const auto [found, is_new] = class_ids_.try_emplace(words, static_cast<ClassId>(class_ids_.size() + 1));
  if (is_new) {
    for (const std::string& word : words) EntryFor(word).classes.push_back(found->second);
  }
  return found->second;
}

PhraseSet::Entry& PhraseSet::EntryFor(const std::string& word) {
  const auto [found, is_new] = entry_ids_.try_emplace(word, static_cast<uint32_t>(entries_.size()));
  if (is_new) {
    const bool prefix = word.back() == '*';
    entries_.push_back({prefix ? word.substr(0, word.size() - 1) : word, prefix, {}, {}});
  }
  return entries_[found->second];
}

void PhraseSet::AddAnchor(const std::vector<PhraseToken>& tokens) {
  size_t best = tokens.size();
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].optional) continue;
    if (best == tokens.size() || AnchorCost(tokens[i]) < AnchorCost(tokens[best])) best = i;
  }
  for (const std::string& word : tokens[best].words) {
    const bool prefix = word.back() == '*';
    anchors_.push_back({prefix ? word.substr(0, word.size() - 1) : word, prefix, best});
  }
}

// A word belongs to the classes of every prefix that it begins with; then the rules that it can begin are
// known.
void PhraseSet::FinishEntries() {
  std::vector<std::vector<ClassId>> own(entries_.size());
  for (size_t i = 0; i < entries_.size(); ++i) own[i] = entries_[i].classes;
  for (Entry& entry : entries_) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      const Entry& prefix = entries_[i];
      if (&prefix == &entry || !prefix.prefix || entry.text.substr(0, prefix.text.size()) != prefix.text)
        continue;
      entry.classes.insert(entry.classes.end(), own[i].begin(), own[i].end());
    }
    std::sort(entry.classes.begin(), entry.classes.end());
    for (uint16_t r = 0; r < rules_.size(); ++r) {
      for (size_t p = 0; p < rules_[r].positions.size(); ++p) {
        const bool starts = ((rules_[r].start >> p) & 1) != 0;
        if (!starts || !Accepts(rules_[r].positions[p], {0, &entry, false})) continue;
        entry.starts.push_back(r);
        break;
      }
    }
  }
  slots_.assign(std::max<size_t>(64, entries_.size() * 4), 0);
  for (uint32_t i = 0; i < entries_.size(); ++i) InsertSlot(i);
}

void PhraseSet::InsertSlot(uint32_t entry) {
  const uint32_t hash = Hash(entries_[entry].text);
  if (entries_[entry].prefix) {
    prefix_lengths_.set(std::min<size_t>(entries_[entry].text.size(), 63));
    prefix_hashes_.set(hash % prefix_hashes_.size());
  }
  size_t slot = hash % slots_.size();
  while (slots_[slot] != 0) slot = (slot + 1) % slots_.size();
  slots_[slot] = entry + 1;
}

const PhraseSet::Entry* PhraseSet::FindEntry(std::string_view text, uint32_t hash, bool prefix) const {
  for (size_t slot = hash % slots_.size(); slots_[slot] != 0; slot = (slot + 1) % slots_.size()) {
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.prefix == prefix && entry.text == text) return &entry;
  }
  return nullptr;
}

const PhraseSet::Entry* PhraseSet::Lookup(std::string_view word) const {
  char lower[kMaxWordBytes];
  uint32_t hash = kHashSeed;
  const Entry* longest_prefix = nullptr;
  for (size_t i = 0; i < word.size(); ++i) {
    lower[i] = ToLower(word[i]);
    hash = HashByte(hash, lower[i]);
    if (!prefix_lengths_[i + 1] || !prefix_hashes_[hash % prefix_hashes_.size()]) continue;
    const Entry* found = FindEntry({lower, i + 1}, hash, true);
    if (found != nullptr) longest_prefix = found;
  }
  const Entry* exact = FindEntry({lower, word.size()}, hash, false);
  if (exact != nullptr) return exact;
  if (longest_prefix == nullptr && distance_ > 0) return LookupNear({lower, word.size()});
  return longest_prefix;
}

const PhraseSet::Entry* PhraseSet::LookupNear(std::string_view lower) const {
  const uint32_t letters = LettersOf(lower);
  const size_t from = lower.size() - std::min(lower.size(), static_cast<size_t>(distance_));
  for (size_t length = from; length <= std::min(kMaxWordBytes, lower.size() + distance_); ++length) {
    const int limit = WrongLetters(length, distance_);
    for (const Near& near : near_[length]) {
      if (__builtin_popcount(letters ^ near.letters) > 2 * limit) continue;
      if (IsNear(lower, entries_[near.entry].text, limit)) return &entries_[near.entry];
    }
  }
  return nullptr;
}

bool PhraseSet::Accepts(const Position& position, const Word& word) const {
  if (position.words == kAnyWord) return !word.new_sentence;
  if (position.excludes && word.new_sentence) return false;
  if (word.entry == nullptr) return position.excludes;
  const std::vector<ClassId>& classes = word.entry->classes;
  const bool known = std::find(classes.begin(), classes.end(), position.words) != classes.end();
  return known != position.excludes;
}

MatchResult PhraseSet::Run(uint16_t rule_number, Words* words) const {
  const Rule& rule = rules_[rule_number];
  uint64_t active = rule.start;
  for (size_t i = 0;; ++i) {
    Word word{};
    const Next got = words->Get(i, &word);
    if (got == Next::kUnknown) return MatchResult::Open();
    if (got == Next::kNone) return MatchResult::None();
    uint64_t next = 0;
    for (uint64_t rest = active; rest != 0; rest &= rest - 1) {
      const Position& position = rule.positions[static_cast<size_t>(__builtin_ctzll(rest))];
      if (Accepts(position, word)) next |= position.next;
    }
    if ((next & rule.accept) != 0) return MatchResult::Match(rule_number, word.end - words->position());
    if (next == 0) return MatchResult::None();
    active = next;
  }
}

template <typename OnResult>
void PhraseSet::RunAll(const Window& window, size_t position, OnResult on_result) const {
  Words words(this, window, position);
  Word first{};
  const Next got = words.Get(0, &first);
  if (got == Next::kUnknown) on_result(MatchResult::Open());
  if (got != Next::kWord || first.entry == nullptr) return;
  std::optional<bool> reported;
  for (const uint16_t rule : first.entry->starts) {
    if (rules_[rule].asserts) {
      if (!reported.has_value()) reported = IsReported(window, position);
      if (*reported) continue;
    }
    on_result(Run(rule, &words));
  }
}

MatchResult PhraseSet::At(const Window& window, size_t position) const {
  BestMatch best;
  RunAll(window, position, [&](const MatchResult& result) { best.Add(result); });
  return best.result();
}

void PhraseSet::AllAt(const Window& window, size_t position, std::vector<Hit>* hits) const {
  RunAll(window, position, [&](const MatchResult& result) {
    if (!result.matched()) return;
    const auto begin = static_cast<uint32_t>(position);
    hits->push_back({begin, begin + result.length, result.rule});
  });
}

bool PhraseSet::MayStart(char before, char first) const { return IsWordByte(first) && !IsWordByte(before); }

bool IsReported(const Window& window, size_t position) {
  static constexpr std::string_view kReporting[] = {
      "not",     "never",   "don",     "doesn",     "didn",       "isn",        "aren",    "say",
      "says",    "said",    "saying",  "statement", "statements", "claim",      "claims",  "claiming",
      "think",   "thinks",  "believe", "believes",  "calling",    "realising",  "realise", "realizing",
      "obvious", "called",  "stop",    "hashtag",   "wrong",      "hateful",    "racist",  "sexist",
      "nobody",  "no",      "without", "myth",      "anti",       "stereotype", "phrase",  "term",
      "word",    "writing", "wrote",   "write",     "why"};
  constexpr size_t kReach = 40;
  if (position > 0 && (window.text[position - 1] == '"' || window.text[position - 1] == '\'')) return true;
  return HasContextWord(window, position, kReach, kReporting);
}

size_t WordsBack(std::string_view text, size_t position, size_t count) {
  const size_t limit = position - std::min(position, kMaxPhraseBytes + 1);
  size_t at = position;
  for (size_t words = 0; words <= count; ++words) {
    while (at > limit && !IsWordByte(text[at - 1])) --at;
    while (at > limit && IsWordByte(text[at - 1])) --at;
  }
  return at;
}

}  // namespace portcullis::policy
