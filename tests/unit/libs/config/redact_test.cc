#include "libs/config/redact.h"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

TEST(LooksLikeSecret, KnowsPrefixesAndLongMixedWords) {
  EXPECT_TRUE(LooksLikeSecret("sk-live-abcdef"));
  EXPECT_TRUE(LooksLikeSecret("gsk_abcdefghijkl"));
  EXPECT_TRUE(LooksLikeSecret("9fQ2xLm4Zt7Rk1Vb8Nc3Yd6Hw5Pj0Gs1"));
}

TEST(LooksLikeSecret, LeavesOrdinaryNamesAlone) {
  for (const char* name :
       {"mistral-large-latest", "mistral-large-2407", "gpt-4o-mini", "open-mixtral-8x22b",
        "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "stream_timeout_seconds", "0.0.0.0:41002"}) {
    EXPECT_FALSE(LooksLikeSecret(name)) << name;
  }
}

TEST(MaskLine, HidesTheValueOfSecretKeysAndKeepsColumns) {
  EXPECT_EQ(MaskLine("  api_key: hunter2"), "  api_key: *******");
  EXPECT_EQ(MaskLine("  api_kye: hunter2"), "  api_kye: *******");
  EXPECT_EQ(MaskLine("{id: a, password: \"x y\", model: b}"), "{id: a, password: ** **, model: b}");
  EXPECT_EQ(MaskLine("{id: a, password: p, model: b}"), "{id: a, password: *, model: b}");
}

TEST(MaskLine, HidesPasswordsWithinValues) {
  EXPECT_EQ(MaskLine("connection: host=db password=a1b2 user=x"), "connection: host=db password=**** ******");
  EXPECT_EQ(MaskLine("connection: host=db password = 'a b'"), "connection: host=db password = ** **");
  EXPECT_EQ(MaskLine("url: postgresql://me:a1b2@db:5432/x"), "url: postgresql://me:****@db:5432/x");
  EXPECT_EQ(MaskLine("url: http://localhost:8080/x # me@x"), "url: http://localhost:8080/x # me@x");
}

TEST(MaskLine, HidesWhatLooksLikeASecretAnywhere) {
  EXPECT_EQ(MaskLine("model: sk-live-0123456789"), "model: ******************");
}

TEST(MaskLine, LeavesReferencesToSecretsReadable) {
  EXPECT_EQ(MaskLine("secret_key_ref: {env: MISTRAL_API_KEY}"), "secret_key_ref: {env: MISTRAL_API_KEY}");
  EXPECT_EQ(MaskLine("api_key_header: x-api-key"), "api_key_header: x-api-key");
  EXPECT_EQ(MaskLine("max_context_tokens: 128000"), "max_context_tokens: 128000");
}

TEST(Quote, MasksCutsAndFlattens) {
  EXPECT_EQ(Quote("abc"), "\"abc\"");
  EXPECT_EQ(Quote("a\nb\x1b[31m"), "\"a b [31m\"");
  EXPECT_EQ(Quote("sk-live-0123456789"), "\"******************\"");
  EXPECT_EQ(Quote(std::string(100, 'x')), "\"" + std::string(60, 'x') + "...\"");
  EXPECT_EQ(Quote(std::string(59, 'x') + "\xC3\xA9\xC3\xA9"), "\"" + std::string(59, 'x') + "...\"");
}

}  // namespace
}  // namespace portcullis::config
