#include "apps/process/catalog_peers.h"

#include <gmock/gmock.h>

namespace portcullis::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CatalogPeersTest : public ::testing::Test {
 protected:
  CatalogPeersTest() { config_.edge.peers.policy = {"policy:41011", "other:41011"}; }

  std::optional<std::string> Told(std::vector<std::string> addresses) {
    return SeparateCatalogs(config_, [addresses](const std::string&) { return addresses; });
  }

  LoadedConfig config_;
};

TEST_F(CatalogPeersTest, ServicesWithOneDatabaseAreAllAsked) {
  EXPECT_THAT(CatalogPeers(config_), ElementsAre("policy:41011"));
  config_.catalog.store = policy::CatalogStoreKind::kPostgresql;
  EXPECT_THAT(CatalogPeers(config_), ElementsAre("policy:41011", "other:41011"));
}

TEST_F(CatalogPeersTest, SeveralServicesBehindANameAreTold) {
  config_.edge.axonflow.enabled = true;
  EXPECT_THAT(Told({"ipv4:10.0.0.1:41011", "ipv4:10.0.0.2:41011"}).value_or(""),
              HasSubstr("policy:41011 stands for 2 policy services"));
  EXPECT_EQ(Told({"ipv4:127.0.0.1:41011", "ipv6:[::1]:41011"}), std::nullopt);  // one machine
  EXPECT_EQ(SeparateCatalogs(config_, [](const std::string&) { return absl::UnavailableError("no DNS"); }),
            std::nullopt);
}

TEST_F(CatalogPeersTest, NothingIsToldWhereItDoesNotMatter) {
  const std::vector<std::string> two = {"ipv4:10.0.0.1:41011", "ipv4:10.0.0.2:41011"};
  config_.edge.axonflow.enabled = false;
  EXPECT_EQ(Told(two), std::nullopt);
  config_.edge.axonflow.enabled = true;
  config_.catalog.access = policy::CatalogAccess::kReadOnly;
  EXPECT_EQ(Told(two), std::nullopt);
  config_.catalog.access = policy::CatalogAccess::kReadWrite;
  config_.catalog.store = policy::CatalogStoreKind::kPostgresql;
  EXPECT_EQ(Told(two), std::nullopt);
}

}  // namespace
}  // namespace portcullis::app
