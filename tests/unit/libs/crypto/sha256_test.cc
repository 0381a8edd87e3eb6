#include "libs/crypto/sha256.h"

#include <gtest/gtest.h>

namespace portcullis::crypto {
namespace {

TEST(Sha256Test, MatchesThePublishedVectors) {
  EXPECT_EQ(Hex(Sha256Of("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256Of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Test, ServesSeveralTextsPieceByPiece) {
  Sha256 hasher;
  for (int round = 0; round < 2; ++round) {
    hasher.Update("a");
    hasher.Update("bc");
    EXPECT_EQ(Hex(hasher.Finish()), Hex(Sha256Of("abc")));
  }
}

TEST(RandomHexTest, GivesTheLengthAskedForAndNeverTheSame) {
  EXPECT_EQ(RandomHex(8).size(), 16u);
  EXPECT_NE(RandomHex(8), RandomHex(8));
}

}  // namespace
}  // namespace portcullis::crypto
