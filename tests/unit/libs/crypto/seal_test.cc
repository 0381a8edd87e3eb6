#include "libs/crypto/seal.h"

#include <gtest/gtest.h>

#include "libs/crypto/hex.h"

namespace portcullis::crypto {
namespace {

std::string FromHexText(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  EXPECT_TRUE(FromHex(hex, {reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()}));
  return bytes;
}

TEST(SealTest, GivesBackWhatWasSealed) {
  const SealKey key = RandomKey();
  for (const std::string& text : {std::string(), std::string("a"), std::string(100'000, '\0')}) {
    const std::string sealed = Seal(key, text, "leaf 1");
    EXPECT_EQ(sealed.size(), text.size() + kSealOverhead);
    EXPECT_EQ(Unseal(key, sealed, "leaf 1"), text);
  }
  EXPECT_NE(Seal(key, "a", ""), Seal(key, "a", ""));
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16: AES-256 with associated data.
TEST(SealTest, IsAesGcmAsPublished) {
  const SealKey key = *KeyOf(FromHexText("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const std::string sealed = FromHexText(
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e"
      "63"
      "93ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(
      Unseal(key, sealed, FromHexText("feedfacedeadbeeffeedfacedeadbeefabaddad2")),
      FromHexText("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
                  "49a6b525b16aedf5aa0de657ba637b39"));
}

TEST(SealTest, AnyOtherByteOrKeyOrPlaceOpensNothing) {
  const SealKey key = RandomKey();
  const std::string sealed = Seal(key, "a secret", "leaf 1");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] ^= 1;
    EXPECT_EQ(Unseal(key, altered, "leaf 1"), std::nullopt) << i;
    EXPECT_EQ(Unseal(key, sealed.substr(0, i), "leaf 1"), std::nullopt) << i;
  }
  EXPECT_EQ(Unseal(RandomKey(), sealed, "leaf 1"), std::nullopt);
  EXPECT_EQ(Unseal(key, sealed, "leaf 2"), std::nullopt);
}

TEST(SealTest, KeysForDifferentPurposesDiffer) {
  const SealKey key = RandomKey();
  EXPECT_EQ(DeriveKey(key, "a"), DeriveKey(key, "a"));
  EXPECT_NE(DeriveKey(key, "a"), DeriveKey(key, "b"));
  EXPECT_NE(DeriveKey(key, "a"), DeriveKey(RandomKey(), "a"));
}

TEST(SealTest, AKeyHas32Bytes) {
  EXPECT_TRUE(KeyOf(std::string(32, 'k')));
  EXPECT_FALSE(KeyOf(std::string(31, 'k')));
  EXPECT_FALSE(KeyOf(std::string(33, 'k')));
}

}  // namespace
}  // namespace portcullis::crypto
