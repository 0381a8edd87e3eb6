#include "libs/base/glob.h"

#include <gtest/gtest.h>

namespace portcullis::base {
namespace {

TEST(Glob, MatchesRunsAndSingles) {
  EXPECT_TRUE(GlobMatches("mistral-*", "mistral-large"));
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_TRUE(GlobMatches("a?c*e", "abcdde"));
  EXPECT_FALSE(GlobMatches("a?c", "ac"));
  EXPECT_FALSE(GlobMatches("mistral", "mistral-large"));
  EXPECT_TRUE(GlobMatches("*a*b*c", "xxaxxbxxabc"));
  EXPECT_FALSE(GlobMatches("*a*b*c", "xxaxxbxxab"));
}

TEST(Glob, NoPatternFitsEverything) {
  EXPECT_TRUE(AnyGlobMatches({}, "x"));
  EXPECT_TRUE(AnyGlobMatches({"a", "x*"}, "x"));
  EXPECT_FALSE(AnyGlobMatches({"a", "b"}, "x"));
}

}  // namespace
}  // namespace portcullis::base
