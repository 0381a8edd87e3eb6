#include "services/edge/domain/axonflow/basic_auth.h"

#include <gtest/gtest.h>

namespace portcullis::edge {
namespace {

constexpr std::string_view kAppSecret = "Basic YXBwOnNlY3JldA==";  // app:secret
constexpr std::string_view kNoSecret = "Basic Y29tbXVuaXR5Og==";   // community:

AxonFlowAuth Enterprise() { return AxonFlowAuth(false, {{"app", crypto::Sha256Of("secret")}}); }

TEST(ParseBasic, ReadsIdAndSecret) {
  const auto found = ParseBasic("bAsIc   YXBwOmE6YjpjCg== ");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "app");
  EXPECT_EQ(found->secret, "a:b:c\n");
  EXPECT_EQ(ParseBasic(kNoSecret)->secret, "");
}

TEST(ParseBasic, TakesNothingElse) {
  for (const std::string_view header : {"", "Basic", "Basic ", "Bearer YXBwOnNlY3JldA==", "Basic YXBw",
                                        "Basic OnNlY3JldA==", "Basic YXBwOnNlY3JldA=", "Basic !!!!", "Basic Y XBwO=",
                                        "Basic AGE6Yg=="}) {
    EXPECT_FALSE(ParseBasic(header)) << header;
  }
  EXPECT_FALSE(ParseBasic("Basic " + std::string(4000, 'Y')));  // no colon
}

TEST(AxonFlowAuth, CommunityTakesEverybody) {
  const AxonFlowAuth auth(true, {});
  EXPECT_EQ(auth.Caller(""), "");
  EXPECT_EQ(auth.Caller("Bearer x"), "");
  EXPECT_EQ(auth.Caller(kAppSecret), "app");
}

TEST(AxonFlowAuth, OthersTakeKnownClientsAlone) {
  EXPECT_EQ(Enterprise().Caller(kAppSecret), "app");
  EXPECT_FALSE(Enterprise().Caller(""));
  EXPECT_FALSE(Enterprise().Caller(kNoSecret));
  EXPECT_FALSE(Enterprise().Caller("Basic YXBwOndyb25n"));          // app:wrong
  EXPECT_FALSE(Enterprise().Caller("Basic b3RoZXI6c2VjcmV0"));      // other:secret
  EXPECT_FALSE(AxonFlowAuth(false, {}).Caller(kAppSecret));
}

}  // namespace
}  // namespace portcullis::edge
