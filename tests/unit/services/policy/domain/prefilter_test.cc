// The prefilter never loses a match: with and without it the decision is the same.
#include "services/policy/domain/scan/prefilter.h"

#include <gtest/gtest.h>

#include "libs/base/rng.h"
#include "policy_harness.h"
#include "sample_texts.h"
#include "services/policy/domain/injection/injection_rules.h"
#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {
namespace {

std::string Show(const Decision& decision) {
  std::string out(ActionName(decision.action));
  for (const Finding& finding : decision.findings) {
    out += " " + finding.rule + "@" + std::to_string(finding.begin) + "-" + std::to_string(finding.end);
  }
  return out;
}

class Differential : public ::testing::Test {
 protected:
  void Check(std::string_view text, SegmentKind kind = SegmentKind::kText) {
    harness_.engine().set_use_prefilter(true);
    const std::string with = Show(harness_.CheckInput(text, Role::kUser, kind));
    harness_.engine().set_use_prefilter(false);
    EXPECT_EQ(with, Show(harness_.CheckInput(text, Role::kUser, kind))) << text;
    matches_ += with.find('@') != std::string::npos ? 1 : 0;
  }

  // A text that a pattern matches: one word of each token, words in some of its gaps.
  std::string Instance(std::string_view pattern, const WordSets& sets) {
    std::string out = rng_.Next() % 2 == 0 ? "" : "so, ";
    const auto tokens = ParsePhrase(pattern, sets);
    for (const PhraseToken& token : *tokens) {
      if (token.optional && rng_.Next() % 2 == 0) continue;
      std::string word = token.words.empty() ? "some" : token.words[rng_.Next() % token.words.size()];
      if (word.back() == '*') word.back() = 'x';
      out += word + (rng_.Next() % 4 == 0 ? ", " : " ");
    }
    return out + (rng_.Next() % 2 == 0 ? "" : ". The rest.");
  }

  Harness harness_;
  base::SystemRng rng_{4711};
  int matches_ = 0;
};

TEST_F(Differential, Samples) {
  for (const SampleText& sample : SampleTexts()) Check(sample.text, sample.kind);
  EXPECT_GT(matches_, 40);
}

TEST_F(Differential, EveryInjectionRule) {
  int rules = 0;
  for (const auto& all : {EnglishOverrideRules(), EnglishPersonaRules(), EnglishLeakRules(),
                          EnglishIndirectRules(), GermanInjectionRules(), RomanceInjectionRules()}) {
    for (const InjectionRule& rule : all) {
      for (int i = 0; i < 20; ++i, ++rules) Check(Instance(rule.pattern, InjectionWordSets()));
    }
  }
  for (const InjectionRule& rule : DelimiterRules()) Check("x" + std::string(rule.pattern) + "y");
  EXPECT_GT(matches_, rules / 2);
}

TEST_F(Differential, EverySafetyRule) {
  int rules = 0;
  for (const auto& all : {EnglishSafetyRules(), GermanSafetyRules(), RomanceSafetyRules()}) {
    for (const SafetyRule& rule : all) {
      for (int i = 0; i < 20; ++i, ++rules) Check(Instance(rule.pattern, SafetyWordSets()));
    }
  }
  EXPECT_GT(matches_, rules * 9 / 10);
}

TEST_F(Differential, RandomIdentifiers) {
  static const char* const kParts[] = {
      "4",    "1",    "11",       "4111",     "1111", " ",   "-",   ".",    "/",   "(",
      ")",    "+",    "49",       "30",       "@",    "a",   "bob", "x.io", "DE",  "89",
      "GB82", "WEST", "37040044", "05320130", "00",   "::",  ":",   "2001", "db8", "fe80",
      "ssn",  "tel",  "é",        "\n",       "_",    "203", "113", "0",    "7",   "536-90-4399"};
  for (int i = 0; i < 60'000; ++i) {
    std::string text;
    const uint64_t parts = 1 + rng_.Next() % 12;
    for (uint64_t p = 0; p < parts; ++p) text += kParts[rng_.Next() % std::size(kParts)];
    Check(text);
  }
  EXPECT_GT(matches_, 1'000);
}

TEST(Prefilter, ReportsRegionsAndLiterals) {
  const auto prefilter = Prefilter::Compile({{"[0-9]{3}", false, 0, Trigger::Reach::kBytes, 5},
                                             {"bomb", true, 1, Trigger::Reach::kWords, 2},
                                             {"<|x|>", true, 2, Trigger::Reach::kReport, 17}});
  ASSERT_TRUE(prefilter.ok()) << prefilter.status();
  PrefilterScratch scratch;
  ASSERT_TRUE((*prefilter)->Prepare(&scratch).ok());
  PrefilterResult result;
  ASSERT_TRUE((*prefilter)->Run("make a small bomb 12345 <|X|> bombastic", &scratch, &result));
  ASSERT_EQ(result.regions[0].size(), 1u);
  EXPECT_EQ(result.regions[0][0].begin, 16u);
  EXPECT_EQ(result.regions[0][0].end, 23u);
  ASSERT_EQ(result.regions[1].size(), 1u);
  EXPECT_EQ(result.regions[1][0].begin, 5u);
  EXPECT_EQ(result.reported, std::vector<uint32_t>{17});
}

TEST(Prefilter, SaysWhichTriggerIsRefused) {
  const auto prefilter = Prefilter::Compile({{"(?=x)[", false, 0, Trigger::Reach::kBytes, 5}});
  ASSERT_FALSE(prefilter.ok());
  EXPECT_NE(prefilter.status().message().find("(?=x)["), absl::string_view::npos);
}

}  // namespace
}  // namespace portcullis::policy
