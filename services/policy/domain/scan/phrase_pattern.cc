#include "services/policy/domain/scan/phrase_pattern.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool IsPatternWord(std::string_view word) {
  if (!word.empty() && word.back() == '*') word.remove_suffix(1);
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return IsWordByte(c); });
}

absl::Status AddWords(std::string_view alternatives, const WordSets& sets, std::vector<std::string>* words) {
  for (const std::string_view word : Split(alternatives, '|')) {
    if (word[0] == '@') {
      const auto set = sets.find(word.substr(1));
      if (set == sets.end()) return absl::InvalidArgumentError(base::StrCat("no word set is named ", word));
      if (absl::Status status = AddWords(set->second, sets, words); !status.ok()) return status;
      continue;
    }
    if (!IsPatternWord(word)) return absl::InvalidArgumentError(base::StrCat("\"", word, "\" is no word"));
    words->emplace_back(word);
    std::transform(word.begin(), word.end(), words->back().begin(), ToLower);
  }
  return absl::OkStatus();
}

bool IsGap(std::string_view token) {
  return token.size() >= 3 && token.substr(0, 2) == ".." && IsDigit(token[2]) &&
         (token.size() == 3 || token[3] == '^');
}

absl::Status AddGap(std::string_view token, const WordSets& sets, std::vector<PhraseToken>* tokens) {
  PhraseToken any{{}, true, false};
  if (token.size() > 3) {
    if (absl::Status status = AddWords(token.substr(4), sets, &any.words); !status.ok()) return status;
    std::sort(any.words.begin(), any.words.end());
    any.excludes = !any.words.empty();
  }
  tokens->insert(tokens->end(), static_cast<size_t>(token[2] - '0'), any);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PhraseToken>> ParsePhrase(std::string_view pattern, const WordSets& sets) {
  std::vector<PhraseToken> tokens;
  for (std::string_view part : Split(pattern, ' ')) {
    if (IsGap(part)) {
      if (absl::Status status = AddGap(part, sets, &tokens); !status.ok()) return status;
      continue;
    }
    PhraseToken token;
    token.optional = part.back() == '?';
    if (token.optional) part.remove_suffix(1);
    if (absl::Status status = AddWords(part, sets, &token.words); !status.ok()) return status;
    std::sort(token.words.begin(), token.words.end());
    token.words.erase(std::unique(token.words.begin(), token.words.end()), token.words.end());
    tokens.push_back(std::move(token));
  }
  const bool usable =
      std::any_of(tokens.begin(), tokens.end(), [](const PhraseToken& t) { return !t.optional; });
  if (usable && (tokens[0].words.empty() || tokens[0].excludes)) {
    return absl::InvalidArgumentError(base::StrCat("\"", pattern, "\": a phrase cannot begin with a gap"));
  }
  if (!usable || tokens.size() > kMaxPhrasePositions) {
    return absl::InvalidArgumentError(base::StrCat("\"", pattern, "\": a phrase needs 1 to ",
                                                   kMaxPhrasePositions, " words, one of them required"));
  }
  return tokens;
}

absl::StatusOr<std::vector<PhraseToken>> LiteralPhrase(std::string_view phrase) {
  std::string pattern(phrase);
  for (char& c : pattern) c = IsWordByte(c) ? c : ' ';
  return ParsePhrase(pattern, {});
}

}  // namespace portcullis::policy
