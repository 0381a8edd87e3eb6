#include "services/policy/domain/scan/phrase_set.h"

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

PhraseSet Compile(std::initializer_list<const char*> patterns, bool asserts = false) {
  std::vector<PhraseSet::Phrase> rules;
  for (const char* pattern : patterns) {
    auto tokens = ParsePhrase(pattern, {{"verb", "ignore|forget"}});
    EXPECT_TRUE(tokens.ok()) << tokens.status();
    rules.push_back({*std::move(tokens), asserts});
  }
  return PhraseSet(rules);
}

// The matched text, "-" for none, "?" for open.
std::string At(const PhraseSet& phrases, std::string_view text, bool final = true, size_t position = 0) {
  const MatchResult result = phrases.At({text, final}, position);
  if (result.open()) return "?";
  return result.matched() ? std::string(text.substr(position, result.length)) : "-";
}

TEST(PhraseSet, MatchesWordsInAnyCase) {
  const PhraseSet phrases = Compile({"make bomb|bombs"});
  EXPECT_EQ(At(phrases, "Make BOMBS now"), "Make BOMBS");
  EXPECT_EQ(At(phrases, "make, bomb"), "make, bomb");
  EXPECT_EQ(At(phrases, "make bombastic"), "-");
  EXPECT_EQ(At(phrases, "maker bomb"), "-");
  EXPECT_EQ(At(phrases, "make a bomb"), "-");
}

TEST(PhraseSet, GapsStayWithinASentence) {
  const PhraseSet phrases = Compile({"@verb ..2 instructions"});
  EXPECT_EQ(At(phrases, "ignore instructions"), "ignore instructions");
  EXPECT_EQ(At(phrases, "forget all the instructions"), "forget all the instructions");
  EXPECT_EQ(At(phrases, "ignore one two three instructions"), "-");
  EXPECT_EQ(At(phrases, "ignore him. The instructions"), "-");
  EXPECT_EQ(At(phrases, std::string("ignore\0instructions", 19)), "-");
}

TEST(PhraseSet, OptionalTokensAndPrefixes) {
  const PhraseSet phrases = Compile({"ignor* all|every? instruc*"});
  EXPECT_EQ(At(phrases, "ignoring instructions"), "ignoring instructions");
  EXPECT_EQ(At(phrases, "ignores all instruction"), "ignores all instruction");
  EXPECT_EQ(At(phrases, "ignor instruc"), "ignor instruc");
  EXPECT_EQ(At(phrases, "ignore some instructions"), "-");
}

TEST(PhraseSet, IsOpenUntilTheNextWordDecides) {
  const PhraseSet phrases = Compile({"make ..1 bomb"});
  EXPECT_EQ(At(phrases, "mak", false), "?");
  EXPECT_EQ(At(phrases, "make", false), "?");
  EXPECT_EQ(At(phrases, "make a ", false), "?");
  EXPECT_EQ(At(phrases, "make a bomb", false), "?");
  EXPECT_EQ(At(phrases, "make a bomb ", false), "make a bomb");
  EXPECT_EQ(At(phrases, "make a bomb", true), "make a bomb");
  EXPECT_EQ(At(phrases, "make a b", true), "-");
  EXPECT_EQ(At(phrases, "do ", false), "-");
}

TEST(PhraseSet, TakesTheLongestOfSeveralRules) {
  const PhraseSet phrases = Compile({"kill you", "kill you all now"});
  EXPECT_EQ(At(phrases, "kill you all now"), "kill you all now");
  EXPECT_EQ(At(phrases, "kill you "), "kill you");
  EXPECT_EQ(At(phrases, "kill you all ", false), "?");
}

TEST(PhraseSet, LeavesAloneWhatIsQuotedOrDenied) {
  const PhraseSet phrases = Compile({"they are scum"}, true);
  EXPECT_EQ(At(phrases, "they are scum"), "they are scum");
  const std::string quoted = "He wrote \"they are scum\" on it";
  EXPECT_EQ(At(phrases, quoted, true, quoted.find("they")), "-");
  const std::string denied = "I never meant that they are scum";
  EXPECT_EQ(At(phrases, denied, true, denied.find("they")), "-");
}

TEST(PhraseSet, BoundsWhatItSpans) {
  const PhraseSet phrases = Compile({"make ..9 bomb"});
  EXPECT_EQ(At(phrases, "make" + std::string(kMaxWordGapBytes, ' ') + "bomb").substr(0, 4), "make");
  EXPECT_EQ(At(phrases, "make" + std::string(kMaxWordGapBytes + 1, ' ') + "bomb"), "-");
  EXPECT_EQ(At(phrases, "make " + std::string(kMaxWordBytes + 1, 'x') + " bomb"), "-");
}

TEST(PhrasePattern, SaysWhatIsWrong) {
  EXPECT_FALSE(ParsePhrase("", {}).ok());
  EXPECT_FALSE(ParsePhrase("..3", {}).ok());
  EXPECT_FALSE(ParsePhrase("..3 word", {}).ok());
  EXPECT_FALSE(ParsePhrase("word? other?", {}).ok());
  EXPECT_FALSE(ParsePhrase("do-it", {}).ok());
  const auto unknown = ParsePhrase("@nothing", {});
  EXPECT_NE(unknown.status().message().find("@nothing"), absl::string_view::npos);
}

TEST(PhrasePattern, LiteralPhrasesIgnorePunctuation) {
  const auto tokens = LiteralPhrase("Don't stop, *now*!");
  ASSERT_TRUE(tokens.ok());
  const PhraseSet phrases({{*tokens}});
  EXPECT_EQ(At(phrases, "don't stop now please"), "don't stop now");
  EXPECT_FALSE(LiteralPhrase("?!").ok());
}

TEST(WordsBack, CountsWordsBeforeTheOneAtHand) {
  const std::string text = "one two, three four";
  EXPECT_EQ(WordsBack(text, text.size(), 0), text.find("four"));
  EXPECT_EQ(WordsBack(text, text.size(), 2), text.find("two"));
  EXPECT_EQ(WordsBack(text, text.size(), 9), 0u);
}

}  // namespace
}  // namespace portcullis::policy
