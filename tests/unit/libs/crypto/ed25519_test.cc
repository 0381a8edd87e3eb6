#include "libs/crypto/ed25519.h"

#include <gtest/gtest.h>

#include <string>

namespace portcullis::crypto {
namespace {

TEST(Ed25519Test, SignsWhatItsVerifyingKeyAccepts) {
  const SigningKey key = SigningKey::Generate();
  const Signature signature = key.Sign("a message");
  EXPECT_TRUE(key.verifying_key().Verify("a message", signature));
  EXPECT_FALSE(key.verifying_key().Verify("a messagf", signature));
  EXPECT_FALSE(key.verifying_key().Verify("", signature));
  EXPECT_FALSE(SigningKey::Generate().verifying_key().Verify("a message", signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    Signature changed = signature;
    changed[i] ^= 1;
    EXPECT_FALSE(key.verifying_key().Verify("a message", changed)) << i;
  }
}

TEST(Ed25519Test, KeysSurviveAsPem) {
  const SigningKey key = SigningKey::Generate();
  const auto again = SigningKey::FromPem(key.Pem());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->verifying_key().id(), key.verifying_key().id());
  const auto open = VerifyingKey::FromPem(key.verifying_key().Pem());
  ASSERT_TRUE(open.ok());
  EXPECT_TRUE(open->Verify("x", again->Sign("x")));
  EXPECT_EQ(open->id().size(), 16u);
}

// RFC 8032, section 7.1, test 2: the key as PKCS #8, the message 0x72.
TEST(Ed25519Test, AgreesWithTheStandard) {
  const auto key = SigningKey::FromPem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
      "-----END PRIVATE KEY-----\n");
  ASSERT_TRUE(key.ok());
  const Signature signature = key->Sign("\x72");
  EXPECT_EQ(signature[0], 0x92);
  EXPECT_EQ(signature[1], 0xa0);
  EXPECT_EQ(signature[2], 0x09);
  EXPECT_EQ(signature[63], 0x00);
  EXPECT_EQ(signature[62], 0x0c);
}

TEST(Ed25519Test, RefusesWhatIsNoKey) {
  const SigningKey key = SigningKey::Generate();
  EXPECT_FALSE(SigningKey::FromPem("").ok());
  EXPECT_FALSE(SigningKey::FromPem(key.verifying_key().Pem()).ok());
  EXPECT_FALSE(VerifyingKey::FromPem(key.Pem()).ok());
  EXPECT_FALSE(VerifyingKey::FromPem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").ok());
}

}  // namespace
}  // namespace portcullis::crypto
