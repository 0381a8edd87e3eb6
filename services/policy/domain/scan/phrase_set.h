// Many phrase rules matched together, word by word.
//
// Each rule is a small automaton over words whose states are the bits of one integer; only the rules that can
// begin with the word at hand are run. A rule matches as soon as its last required word has come.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/phrase_pattern.h"

namespace portcullis::policy {

// A phrase never spans more bytes of folded text, a word and the space between two words never more than
// these.
inline constexpr size_t kMaxPhraseBytes = 240;
inline constexpr size_t kMaxWordBytes = 40;
inline constexpr size_t kMaxWordGapBytes = 16;

class PhraseSet final : public Matcher {
 public:
  struct Phrase {
    std::vector<PhraseToken> tokens;
    // Says something of somebody: does not match what is quoted, denied or reported (see IsReported).
    bool asserts = false;
  };

  // Rule numbers count from 0 in this order. `distance`: so many letters of a word may be wrong, missing or too many,
  // but only one in each four or part of them behind the first four; then anchors do not lead to all matches.
  explicit PhraseSet(const std::vector<Phrase>& rules, int distance = 0);

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override;
  size_t max_length() const override { return kMaxPhraseBytes; }

  // Appends the match of every rule that begins at `position` in a text that is complete.
  void AllAt(const Window& window, size_t position, std::vector<Hit>* hits) const;

  // A word without which a rule cannot match, and how many words at most stand before it in the match.
  struct Anchor {
    std::string word;  // the word itself, or what it begins with
    bool prefix = false;
    size_t words_before = 0;
  };
  const std::vector<Anchor>& anchors() const { return anchors_; }

 private:
  using ClassId = uint16_t;

  struct Position {
    ClassId words = 0;      // kAnyWord or a set of words
    bool excludes = false;  // any word but these
    uint64_t next = 0;      // positions that may take the following word
  };
  struct Rule {
    bool asserts = false;
    uint64_t start = 0;
    uint64_t accept = 0;  // the bit after the last position
    std::vector<Position> positions;
  };
  // A word, or the beginning of words, that some rule knows.
  struct Entry {
    std::string text;
    bool prefix = false;
    std::vector<ClassId> classes;  // of shorter prefixes too
    std::vector<uint16_t> starts;  // rules that can begin with it
  };
  struct Word {
    size_t end;
    const Entry* entry;  // null: a word that no rule knows
    bool new_sentence;   // a sentence ended before it
  };
  enum class Next : uint8_t { kWord, kNone, kUnknown };
  class Words;

  static constexpr ClassId kAnyWord = 0;

  void AddRule(const Phrase& phrase);
  ClassId ClassOf(const std::vector<std::string>& words);
  Entry& EntryFor(const std::string& word);
  void FinishEntries();
  void AddAnchor(const std::vector<PhraseToken>& tokens);
  void InsertSlot(uint32_t entry);
  const Entry* FindEntry(std::string_view text, uint32_t hash, bool prefix) const;
  const Entry* Lookup(std::string_view word) const;
  const Entry* LookupNear(std::string_view lower) const;
  bool Accepts(const Position& position, const Word& word) const;
  MatchResult Run(uint16_t rule, Words* words) const;
  template <typename OnResult>
  void RunAll(const Window& window, size_t position, OnResult on_result) const;

  std::vector<Rule> rules_;
  std::vector<Anchor> anchors_;
  std::map<std::vector<std::string>, ClassId> class_ids_;
  std::map<std::string, uint32_t> entry_ids_;  // with "*" for prefixes
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // open hashing: entry + 1, 0 = free
  // For words that are nearly known: what may be compared with letters of a word in one instruction.
  struct Near {
    uint32_t letters;  // bit n: it holds the nth letter
    uint32_t entry;
  };
  int distance_ = 0;
  std::array<std::vector<Near>, 41> near_;  // by length

  std::bitset<64> prefix_lengths_;
  std::bitset<8192> prefix_hashes_;  // most words are no known prefix: one look here says so
};

// Whether what begins at `position` is quoted ("), or follows a word that denies or reports it ("never",
// "said").
bool IsReported(const Window& window, size_t position);

// The start of the word that lies `count` words before the word that holds or precedes `position`; not
// further back than a phrase can reach.
size_t WordsBack(std::string_view text, size_t position, size_t count);

}  // namespace portcullis::policy
