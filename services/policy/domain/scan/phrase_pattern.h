// The language in which phrase rules are written, one pattern per rule:
//
//   word         this word, in any case
//   word*        any word that begins so
//   a|b*|c       one of several
//   @name        one of the words of a named set
//   token?       the token may be missing
//   ..3          up to three words of any kind, within one sentence
//   ..3^a|@b     the same, but for these words
//
// "ignore|disregard ..2 previous|prior instruction*" matches "Ignore all of the previous instructions".
// Words are compared in folded text (libs/text), so patterns are written without accents. Everything that is
// not a letter or digit separates words: "don't" is the two words "don t".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace portcullis::policy {

inline constexpr size_t kMaxPhrasePositions = 48;

// Named sets of words for "@name", written like "a|b*|c".
using WordSets = std::map<std::string, std::string, std::less<>>;

struct PhraseToken {
  std::vector<std::string> words;  // lower case, a trailing "*" for prefixes; sorted; empty = any word
  bool optional = false;
  bool excludes = false;  // any word but these
};

// INVALID_ARGUMENT: says what is wrong with the pattern.
absl::StatusOr<std::vector<PhraseToken>> ParsePhrase(std::string_view pattern, const WordSets& sets);

// The pattern that matches `phrase` (folded text) word by word. INVALID_ARGUMENT if it holds no word or too
// many.
absl::StatusOr<std::vector<PhraseToken>> LiteralPhrase(std::string_view phrase);

}  // namespace portcullis::policy
