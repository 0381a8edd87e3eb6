#include "apps/process/reload_pages.h"

#include <nlohmann/json.hpp>

#include "reloader_fixture.h"

namespace portcullis::app {
namespace {

using nlohmann::json;

class ReloadPagesTest : public ReloaderTest {
 protected:
  http::Response Post(const char* method = "POST") {
    http::Request request;
    request.method = method;
    request.path = "/config/reload";
    return ReloadPage(reloader_, request).value_or(http::Response(0, {}, ""));
  }
};

TEST_F(ReloadPagesTest, AnswersWithWhatCameOfIt) {
  text_ = Yaml("policies: {chain: [pii-detector]}\n", "audit: {durability: disk}\n");
  const http::Response applied = Post();
  EXPECT_EQ(applied.status, 200);
  EXPECT_EQ(json::parse(applied.body)["result"], "applied");
  EXPECT_EQ(json::parse(applied.body)["restart_needed"], json::array({"audit.durability"}));
  text_ = "nonsense";
  const http::Response rejected = Post();
  EXPECT_EQ(rejected.status, 422);
  EXPECT_EQ(json::parse(rejected.body)["result"], "rejected");
  EXPECT_FALSE(json::parse(rejected.body)["problems"].empty());
}

TEST_F(ReloadPagesTest, TakesNothingButAPost) {
  EXPECT_EQ(Post("GET").status, 405);
  http::Request other;
  other.path = "/config";
  EXPECT_FALSE(ReloadPage(reloader_, other).has_value());
}

}  // namespace
}  // namespace portcullis::app
