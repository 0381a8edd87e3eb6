#include "libs/crypto/hex.h"

#include <gtest/gtest.h>

#include <array>

namespace portcullis::crypto {
namespace {

TEST(HexTest, IsReadAsItIsWritten) {
  const std::array<uint8_t, 4> bytes = {0x00, 0x7f, 0xa5, 0xff};
  EXPECT_EQ(ToHex(bytes), "007fa5ff");
  std::array<uint8_t, 4> again{};
  EXPECT_TRUE(FromHex("007fa5ff", again));
  EXPECT_EQ(again, bytes);
}

TEST(HexTest, NothingElseIsRead) {
  std::array<uint8_t, 2> bytes{};
  for (const char* bad : {"", "00", "00000", "000000", "00G0", "00FF", "0x00", " 000"}) {
    EXPECT_FALSE(FromHex(bad, bytes)) << bad;
  }
}

}  // namespace
}  // namespace portcullis::crypto
