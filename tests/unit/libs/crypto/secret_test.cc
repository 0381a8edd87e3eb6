#include "libs/crypto/secret.h"

#include <gtest/gtest.h>

namespace portcullis::crypto {
namespace {

// RFC 4231, test cases 2 and 6.
TEST(HmacSha256, AgreesWithTheStandard) {
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hex(HmacSha256(std::string(131, '\xAA'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(EqualsInConstantTime, Compares) {
  EXPECT_TRUE(EqualsInConstantTime("", ""));
  EXPECT_TRUE(EqualsInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualsInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualsInConstantTime("abc", "abcd"));
}

// RFC 4648, section 10.
TEST(DecodeBase64, AgreesWithTheStandard) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("Zg=="), "f");
  EXPECT_EQ(DecodeBase64("Zm8="), "fo");
  EXPECT_EQ(DecodeBase64("Zm9vYmFy"), "foobar");
}

TEST(DecodeBase64, TakesNothingElse) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "====", "Zg==Zg==", "Zm 8=", " Zm8", "Zm8\n", "Zm8-"}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace portcullis::crypto
