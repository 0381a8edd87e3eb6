// The catalogue over real gRPC: what goes in at one end comes out at the other.
#include "services/policy/client/catalog_grpc_client.h"

#include <gtest/gtest.h>

#include "libs/rpc/channel.h"
#include "libs/rpc/server_host.h"
#include "libs/testing/status_matchers.h"
#include "services/policy/adapters/grpc/catalog_grpc_service.h"

namespace portcullis::policy {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

CatalogPolicy Full() {
  CatalogPolicy policy;
  policy.kind = CatalogKind::kDynamic;
  policy.id = "dyn_1";
  policy.tenant = "one";
  policy.name = "name";
  policy.description = "description";
  policy.category = "dynamic-risk";
  policy.priority = -7;
  policy.enabled = false;
  policy.pattern = "pattern";
  policy.severity = "low";
  policy.action = "block";
  policy.tags = {"a", "b"};
  policy.type = "risk";
  policy.conditions = {{"query", "in", "[1]"}};
  policy.actions = {{"log", R"({"k":1})"}};
  policy.version = 3;
  policy.created_us = 11;
  policy.updated_us = 22;
  policy.created_by = "amy";
  policy.updated_by = "bob";
  return policy;
}

void ExpectFull(const CatalogPolicy& policy) {
  const CatalogPolicy full = Full();
  EXPECT_EQ(policy.kind, full.kind);
  EXPECT_EQ(policy.id, full.id);
  EXPECT_EQ(policy.tenant + policy.tier + policy.name + policy.description + policy.category +
                policy.pattern + policy.severity + policy.action + policy.type + policy.created_by +
                policy.updated_by,
            full.tenant + full.tier + full.name + full.description + full.category + full.pattern +
                full.severity + full.action + full.type + full.created_by + full.updated_by);
  EXPECT_EQ(policy.priority, full.priority);
  EXPECT_EQ(policy.enabled, full.enabled);
  EXPECT_EQ(policy.tags, full.tags);
  EXPECT_EQ(policy.conditions, full.conditions);
  EXPECT_EQ(policy.actions, full.actions);
  EXPECT_EQ(policy.version, full.version);
  EXPECT_EQ(policy.created_us, full.created_us);
  EXPECT_EQ(policy.updated_us, full.updated_us);
}

class FakeCatalog final : public CatalogApi {
 public:
  void Find(const CatalogQuery& query, Callback<std::vector<CatalogPolicy>> done) override {
    asked = query;
    if (!status.ok()) return std::move(done)(status);
    std::move(done)(std::vector<CatalogPolicy>{Full()});
  }
  void Change(const CatalogChange& change, Callback<CatalogResult> done) override {
    changed = change;
    if (!status.ok()) return std::move(done)(status);
    std::move(done)(CatalogResult{Full(), 2, "updated", "name"});
  }
  void Versions(const CatalogQuery& query, Callback<std::vector<CatalogVersion>> done) override {
    asked = query;
    if (!status.ok()) return std::move(done)(status);
    std::move(done)(std::vector<CatalogVersion>{{Full(), "updated", "name"}});
  }
  void TryPattern(const std::string& pattern, const std::vector<std::string>& inputs,
                  Callback<PatternTrial> done) override {
    if (!status.ok()) return std::move(done)(status);
    PatternTrial trial;
    trial.error = pattern;
    for (const std::string& input : inputs) trial.matches.push_back({input, {"\xc3"}});
    std::move(done)(std::move(trial));
  }
  void TryPolicy(const PolicyTrialInput& input, Callback<PolicyTrial> done) override {
    tried = input;
    if (!status.ok()) return std::move(done)(status);
    std::move(done)(PolicyTrial{true, true, {{"block", "{}"}}, "because", 5});
  }

  absl::Status status;
  CatalogQuery asked;
  CatalogChange changed;
  PolicyTrialInput tried;
};

class CatalogGrpcClientTest : public ::testing::Test {
 protected:
  CatalogGrpcClientTest() : service_(catalog_), host_({}, rpc::PlaintextServerCredentials()) {
    host_.AddService(service_, kCatalogServiceName);
    EXPECT_THAT(host_.Start(), IsOk());
    client_ = std::make_unique<CatalogGrpcClient>(std::vector{ChannelTo(host_.port())}, clock_);
  }

  static std::shared_ptr<grpc::Channel> ChannelTo(int port) {
    return rpc::NewChannel("ipv4:127.0.0.1:" + std::to_string(port), rpc::PlaintextChannelCredentials());
  }

  // What a call answers.
  template <typename T, typename Call>
  absl::StatusOr<T> Ask(Call call) {
    absl::StatusOr<T> out = absl::UnknownError("no answer");
    call([&](absl::StatusOr<T> result) { out = std::move(result); });
    return out;
  }

  absl::StatusOr<CatalogResult> Change(const CatalogChange& change) {
    return Ask<CatalogResult>([&](auto done) { client_->Change(change, done); });
  }

  base::SystemClock clock_;
  FakeCatalog catalog_;
  CatalogGrpcService service_;
  rpc::ServerHost host_;
  std::unique_ptr<CatalogGrpcClient> client_;
};

TEST_F(CatalogGrpcClientTest, FindsPolicies) {
  const auto found = Ask<std::vector<CatalogPolicy>>([&](auto done) {
    client_->Find({CatalogKind::kDynamic, "one", "dyn_1"}, done);
  });
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), 1u);
  ExpectFull(found->at(0));
  EXPECT_EQ(catalog_.asked.tenant + catalog_.asked.id, "onedyn_1");
  EXPECT_EQ(catalog_.asked.kind, CatalogKind::kDynamic);
}

TEST_F(CatalogGrpcClientTest, AServiceThatIsAwayIsPassedOver) {
  client_ = std::make_unique<CatalogGrpcClient>(std::vector{ChannelTo(1), ChannelTo(host_.port())}, clock_);
  CatalogChange change;
  change.what = CatalogChange::What::kDelete;
  change.kind = CatalogKind::kDynamic;
  change.tenant = "one";
  change.actor = "bob";
  change.id = "dyn_1";
  EXPECT_THAT(Change(change), IsOk());
}

TEST_F(CatalogGrpcClientTest, ChangesKeepWhatIsAbsentAbsent) {
  CatalogChange change;
  change.what = CatalogChange::What::kUpdate;
  change.kind = CatalogKind::kDynamic;
  change.tenant = "one";
  change.actor = "bob";
  change.id = "dyn_1";
  change.draft.enabled = false;
  change.draft.tags.emplace();
  change.draft.conditions = {{{"query", "equals", "\"x\""}}};
  const auto result = Change(change);
  ASSERT_THAT(result, IsOk());
  ExpectFull(result->policy);
  EXPECT_EQ(result->version_before, 2u);
  EXPECT_EQ(result->change + result->summary, "updatedname");
  const CatalogDraft& draft = catalog_.changed.draft;
  EXPECT_EQ(draft.enabled, false);
  EXPECT_TRUE(draft.tags.has_value() && draft.tags->empty()) << "an empty list is not an absent one";
  EXPECT_EQ(draft.conditions, change.draft.conditions);
  EXPECT_FALSE(draft.name || draft.pattern || draft.priority || draft.actions || draft.tier);
  EXPECT_EQ(catalog_.changed.actor + catalog_.changed.id, "bobdyn_1");
}

TEST_F(CatalogGrpcClientTest, AllOfADraftArrives) {
  CatalogChange change;
  change.tenant = "one";
  CatalogDraft& draft = change.draft;
  draft.tier = draft.name = draft.description = draft.category = draft.pattern = "x";
  draft.severity = draft.action = draft.type = "y";
  draft.priority = -1;
  draft.tags = {"t"};
  draft.actions = {{{"log", "{}"}}};
  ASSERT_THAT(Change(change), IsOk());
  const CatalogDraft& came = catalog_.changed.draft;
  EXPECT_EQ(*came.tier + *came.name + *came.description + *came.category + *came.pattern, "xxxxx");
  EXPECT_EQ(*came.severity + *came.action + *came.type, "yyy");
  EXPECT_EQ(came.priority, -1);
  EXPECT_EQ(came.tags, draft.tags);
  EXPECT_EQ(came.actions, draft.actions);
}

TEST_F(CatalogGrpcClientTest, VersionsAndTrials) {
  const auto versions = Ask<std::vector<CatalogVersion>>([&](auto done) {
    client_->Versions({CatalogKind::kStatic, "one", "p"}, done);
  });
  ASSERT_THAT(versions, IsOk());
  ExpectFull(versions->at(0).policy);
  EXPECT_EQ(versions->at(0).change, "updated");
  const auto pattern = Ask<PatternTrial>([&](auto done) { client_->TryPattern("p", {"i"}, done); });
  ASSERT_THAT(pattern, IsOk());
  EXPECT_EQ(pattern->error, "p");
  EXPECT_EQ(pattern->matches.at(0).texts.at(0), "\xc3") << "half a character comes through";
  const auto policy = Ask<PolicyTrial>([&](auto done) {
    client_->TryPolicy({"one", "d", "q", "r", "u", "t"}, done);
  });
  ASSERT_THAT(policy, IsOk());
  EXPECT_TRUE(policy->matched && policy->blocked);
  EXPECT_EQ(policy->explanation, "because");
  EXPECT_EQ(policy->micros, 5u);
  EXPECT_EQ(
      catalog_.tried.query + catalog_.tried.response + catalog_.tried.user + catalog_.tried.request_type,
      "qrut");
}

TEST_F(CatalogGrpcClientTest, RefusalsKeepTheirCodes) {
  CatalogChange change;
  change.tenant = "one";
  for (const StatusCode code :
       {StatusCode::kInvalidArgument, StatusCode::kNotFound, StatusCode::kPermissionDenied,
        StatusCode::kResourceExhausted, StatusCode::kAborted}) {
    catalog_.status = absl::Status(code, "field: wrong");
    EXPECT_THAT(Change(change), StatusIs(code, HasSubstr("field: wrong")));
  }
  catalog_.status = absl::DataLossError("disk");
  EXPECT_THAT(Change(change), StatusIs(StatusCode::kUnavailable, HasSubstr("disk")));
  change.tenant = "";
  EXPECT_THAT(Change(change), StatusIs(StatusCode::kInvalidArgument, HasSubstr("tenant")));
  host_.Drain(std::chrono::milliseconds(0));
  change.tenant = "one";
  EXPECT_THAT(Change(change), StatusIs(StatusCode::kUnavailable));
}

}  // namespace
}  // namespace portcullis::policy
