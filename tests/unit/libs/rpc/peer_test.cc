#include "libs/rpc/peer.h"

#include <gmock/gmock.h>

#include <map>

namespace portcullis::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct NoProperty final : grpc::AuthPropertyIterator {};

// What gRPC knows of a connection whose certificate has these properties.
class Certificate final : public grpc::AuthContext {
 public:
  explicit Certificate(std::multimap<std::string, std::string> properties)
      : properties_(std::move(properties)) {}

  bool IsPeerAuthenticated() const override { return !properties_.empty(); }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override {
    std::vector<grpc::string_ref> values;
    const auto [begin, end] = properties_.equal_range(name);
    for (auto at = begin; at != end; ++at) values.emplace_back(at->second);
    return values;
  }
  grpc::AuthPropertyIterator begin() const override { return NoProperty(); }
  grpc::AuthPropertyIterator end() const override { return NoProperty(); }
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  const std::multimap<std::string, std::string> properties_;
};

TEST(PeerTest, ACertificateNamesItsOwnerByDnsNamesAndUris) {
  EXPECT_THAT(NamesOfPeer(Certificate({{"peer_uri", "spiffe://here/edge"},
                                       {"peer_dns", "edge.example"},
                                       {"peer_dns", "edge"},
                                       {"x509_common_name", "somebody"}})),
              ElementsAre("edge.example", "edge", "spiffe://here/edge"));
  EXPECT_THAT(NamesOfPeer(Certificate({})), IsEmpty());
}

TEST(PeerTest, AnAddressComesWithoutItsPort) {
  EXPECT_EQ(AddressOfPeer("ipv4:127.0.0.1:5000"), "127.0.0.1");
  EXPECT_EQ(AddressOfPeer("ipv6:[::1]:5000"), "[::1]");
  EXPECT_EQ(AddressOfPeer("unix:"), "unix:");
}

}  // namespace
}  // namespace portcullis::rpc
