// The protos as they are against the committed baseline, and the house rules for protos.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tests/contract/breaking_changes.h"

namespace portcullis::contract {
namespace {

namespace pb = google::protobuf;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

pb::FileDescriptorSet Current() {
  pb::FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromString(ReadAll(PORTCULLIS_CONTRACT_CURRENT)));
  EXPECT_GT(set.file_size(), 0);
  return set;
}

TEST(ProtoBaseline, NothingThatPeersRelyOnWasTakenAway) {
  pb::FileDescriptorSet baseline;
  ASSERT_TRUE(pb::TextFormat::ParseFromString(ReadAll(PORTCULLIS_CONTRACT_BASELINE), &baseline));
  ASSERT_GT(baseline.file_size(), 0);
  EXPECT_THAT(BreakingChanges(baseline, Current()), testing::IsEmpty())
      << "a change that old peers do not survive needs a new version of the package (protos/README.md)";
}

TEST(ProtoRules, EnumsBeginWithUnspecifiedZero) {
  const pb::FileDescriptorSet current = Current();
  for (const pb::FileDescriptorProto& file : current.file()) {
    for (const pb::EnumDescriptorProto& type : file.enum_type()) {
      ASSERT_GT(type.value_size(), 0);
      EXPECT_EQ(type.value(0).number(), 0) << type.name();
      EXPECT_TRUE(type.value(0).name().ends_with("_UNSPECIFIED")) << type.value(0).name();
    }
  }
}

TEST(ProtoRules, PlainRpcsHaveRequestsAndResponsesOfTheirOwn) {
  std::set<std::string> used;
  const pb::FileDescriptorSet current = Current();
  for (const pb::FileDescriptorProto& file : current.file()) {
    for (const pb::ServiceDescriptorProto& service : file.service()) {
      for (const pb::MethodDescriptorProto& method : service.method()) {
        if (method.name() == "Lane") continue;  // the one transport that services share
        EXPECT_TRUE(used.insert(method.input_type()).second) << method.input_type();
        EXPECT_TRUE(used.insert(method.output_type()).second) << method.output_type();
        EXPECT_TRUE(method.input_type().ends_with("." + method.name() + "Request")) << method.input_type();
        EXPECT_TRUE(method.output_type().ends_with("." + method.name() + "Response")) << method.output_type();
      }
    }
  }
  EXPECT_FALSE(used.empty());
}

TEST(ProtoRules, PackagesAreVersionedAndMatchTheirFolder) {
  const pb::FileDescriptorSet current = Current();
  for (const pb::FileDescriptorProto& file : current.file()) {
    std::string folder = file.name().substr(0, file.name().rfind('/'));
    for (char& c : folder) c = c == '/' ? '.' : c;
    EXPECT_EQ(file.package(), folder) << file.name();
    EXPECT_THAT(file.package(), testing::MatchesRegex("portcullis\\.[a-z]+\\.v[0-9]+"));
  }
}

}  // namespace
}  // namespace portcullis::contract
