#include "libs/base/ids.h"

#include <gtest/gtest.h>

#include "libs/testing/scripted_rng.h"

namespace portcullis::base {
namespace {

constexpr std::string_view kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(RequestIdTest, IsTimeThenRandomness) {
  testing::ScriptedRng rng({0xffffffffffffabcd, 0x0123456789abcdef});
  EXPECT_EQ(NewRequestId(0x018cc251f400, rng), "req_018cc251f400abcd0123456789abcdef");
  EXPECT_EQ(rng.taken(), 2u);
}

TEST(RequestIdTest, SortsByTime) {
  SystemRng rng(1);
  EXPECT_LT(NewRequestId(1767225600000, rng), NewRequestId(1767225600001, rng));
}

TEST(RequestIdTest, IsValidItself) {
  SystemRng rng;
  const std::string id = NewRequestId(1, rng);
  EXPECT_EQ(id.size(), 36u);
  EXPECT_TRUE(IsValidRequestId(id));
  EXPECT_NE(id, NewRequestId(1, rng));
}

TEST(RequestIdTest, TakesOnlyHarmlessClientIds) {
  EXPECT_TRUE(IsValidRequestId("a"));
  EXPECT_TRUE(IsValidRequestId("AZaz09._:-"));
  EXPECT_TRUE(IsValidRequestId(std::string(128, 'x')));
  for (const std::string& bad : {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\n"),
                                 std::string("a\"b"), std::string("\xc3\xa9"), std::string("a/b")}) {
    EXPECT_FALSE(IsValidRequestId(bad)) << bad;
  }
}

// The example of the W3C recommendation, and what it forbids.
TEST(TraceparentTest, IsValidated) {
  EXPECT_TRUE(IsValidTraceparent(kTraceparent));
  for (const char* bad : {"", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                          "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                          "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"}) {
    EXPECT_FALSE(IsValidTraceparent(bad)) << bad;
  }
}

TEST(TraceparentTest, ChildKeepsTraceAndFlags) {
  testing::ScriptedRng rng({0x1111111111111111});
  EXPECT_EQ(ChildTraceparent(kTraceparent, rng), "00-0af7651916cd43dd8448eb211c80319c-1111111111111111-01");
}

TEST(TraceparentTest, ChildOfNothingBeginsATrace) {
  testing::ScriptedRng rng({0x2, 0x3, 0x4});
  const std::string child = ChildTraceparent("nonsense", rng);
  EXPECT_EQ(child, "00-00000000000000030000000000000003-0000000000000005-00");  // never zero
  EXPECT_TRUE(IsValidTraceparent(child));
}

}  // namespace
}  // namespace portcullis::base
