#include "libs/s3/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "libs/base/strings.h"

namespace portcullis::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Variables = std::map<std::string, std::string, std::less<>>;

constexpr char kSecret[] = "wJalrXUtnFEMI";

Variables With(Variables more) {
  more.insert({{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", kSecret}});
  return more;
}

absl::StatusOr<Store> Read(const StoreOptions& options, Variables variables) {
  return StoreOf(options, config::MapEnvironment(std::move(variables)));
}

std::string ErrorOf(const StoreOptions& options, Variables variables) {
  const absl::StatusOr<Store> store = Read(options, std::move(variables));
  EXPECT_TRUE(absl::IsInvalidArgument(store.status()));
  EXPECT_THAT(std::string(store.status().message()), Not(HasSubstr(kSecret)));
  return std::string(store.status().message());
}

std::string UrlOf(const Store& store, std::string_view name) {
  const ObjectAddress address = AddressOf(store, *ParseObjectName(name));
  return base::StrCat(address.origin, address.path);
}

TEST(StoreTest, AmazonsByRegion) {
  const auto store = Read({}, With({{"AWS_REGION", "eu-central-1"}, {"AWS_SESSION_TOKEN", "token"}}));
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(store->region, "eu-central-1");
  EXPECT_EQ(store->credentials.access_key_id, "AKID");
  EXPECT_EQ(store->credentials.secret_access_key, kSecret);
  EXPECT_EQ(store->credentials.session_token, "token");
  EXPECT_EQ(UrlOf(*store, "s3://logs/a b/c"), "https://logs.s3.eu-central-1.amazonaws.com/a%20b/c");
  EXPECT_EQ(UrlOf(*store, "s3://my.logs/c"), "https://s3.eu-central-1.amazonaws.com/my.logs/c");
}

TEST(StoreTest, EndpointOfOptionBeforeEnvironment) {
  const Variables variables =
      With({{"AWS_ENDPOINT_URL", "https://minio.lan:9000/"}, {"AWS_CA_BUNDLE", "ca.pem"}});
  auto store = Read({}, variables);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(store->region, "us-east-1");
  EXPECT_EQ(store->ca_file, "ca.pem");
  EXPECT_EQ(UrlOf(*store, "s3://logs/c"), "https://minio.lan:9000/logs/c");
  store = Read({.endpoint = "https://other", .region = "r1", .virtual_host = true, .allow_http = false},
               variables);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(store->region, "r1");
  EXPECT_EQ(UrlOf(*store, "s3://logs/c"), "https://logs.other/c");
}

TEST(StoreTest, SaysWhatIsMissing) {
  EXPECT_THAT(ErrorOf({}, With({})), HasSubstr("--s3-region"));
  EXPECT_THAT(ErrorOf({}, {{"AWS_REGION", "r"}, {"AWS_ACCESS_KEY_ID", "k"}}),
              HasSubstr("AWS_SECRET_ACCESS_KEY is not set"));
  EXPECT_THAT(ErrorOf({}, {{"AWS_REGION", "r"},
                           {"AWS_ACCESS_KEY_ID", "k"},
                           {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI\n"}}),
              HasSubstr("AWS_SECRET_ACCESS_KEY has a blank"));
  EXPECT_THAT(ErrorOf({}, With({{"AWS_REGION", "r\nx"}})), HasSubstr("region"));
}

TEST(StoreTest, EncryptedUnlessToldOrOnThisMachine) {
  const auto with = [](std::string endpoint, bool allow_http = false) {
    return StoreOptions{std::move(endpoint), "", false, allow_http};
  };
  EXPECT_THAT(ErrorOf(with("http://minio.lan"), With({})), HasSubstr("--s3-allow-http"));
  EXPECT_THAT(ErrorOf(with("http://localhost.evil.example"), With({})), HasSubstr("not encrypted"));
  EXPECT_THAT(ErrorOf(with("https://a/b"), With({})), HasSubstr("has a path"));
  EXPECT_THAT(ErrorOf(with("ftp://a"), With({})), HasSubstr("no URL"));
  for (const char* url : {"http://127.0.0.1:9000", "http://localhost:1", "http://[::1]:9000"}) {
    EXPECT_TRUE(Read(with(url), With({})).ok()) << url;
  }
  EXPECT_TRUE(Read(with("http://minio.lan", true), With({})).ok());
}

TEST(ObjectNameTest, Parses) {
  const auto name = ParseObjectName("s3://logs/2026/a.csv");
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->bucket, "logs");
  EXPECT_EQ(name->key, "2026/a.csv");
  EXPECT_EQ(ToText(*name), "s3://logs/2026/a.csv");
}

TEST(ObjectNameTest, RefusesWhatIsNone) {
  for (const char* url :
       {"s3://", "s3://logs", "s3://logs/", "s3://logs/folder/", "s3://Logs/a", "s3:///a", "s3://lo/a",
        "s3://logs/../a", "s3://logs/a/./b", "s3://logs/a\nb", "s3://logs?x/a"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseObjectName(url).status())) << url;
  }
  EXPECT_FALSE(ParseObjectName("s3://logs/" + std::string(1025, 'a')).ok());
}

}  // namespace
}  // namespace portcullis::s3
