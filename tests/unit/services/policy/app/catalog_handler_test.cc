#include "services/policy/app/catalog_handler.h"

#include <gtest/gtest.h>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/wait.h"

namespace portcullis::policy {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class CatalogHandlerTest : public ::testing::Test {
 protected:
  CatalogHandlerTest() {
    chain_.chain = {"pii-detector"};
    policies_ = *PolicyComponent::Create(chain_, 1, clock_, metrics_, logger_);
  }

  std::unique_ptr<CatalogHandler> Open(CatalogSettings settings = {}, PolicyComponent* policies = nullptr) {
    auto handler = CatalogHandler::Create(settings, dir_.path(), policies == nullptr ? *policies_ : *policies,
                                          clock_, metrics_, logger_);
    EXPECT_THAT(handler, IsOk());
    return *std::move(handler);
  }

  static absl::StatusOr<CatalogResult> Change(CatalogApi& catalog, const CatalogChange& change) {
    absl::StatusOr<CatalogResult> out = absl::UnknownError("no answer");
    catalog.Change(change, [&](absl::StatusOr<CatalogResult> result) { out = std::move(result); });
    return out;
  }

  static CatalogChange Block(std::string pattern, std::string tenant = "one") {
    CatalogChange change;
    change.tenant = change.actor = std::move(tenant);
    change.draft.name = "Words";
    change.draft.category = "sensitive-data";
    change.draft.pattern = std::move(pattern);
    change.draft.action = "block";
    return change;
  }

  static size_t Count(CatalogApi& catalog, std::string tenant) {
    size_t own = 0;
    catalog.Find({CatalogKind::kStatic, std::move(tenant)},
                 [&](absl::StatusOr<std::vector<CatalogPolicy>> found) {
                   for (const CatalogPolicy& policy : *found) own += policy.tier == kTenantTier ? 1 : 0;
                 });
    return own;
  }

  Action Ask(PolicyComponent& policies, std::string_view text, std::string tenant = "one") {
    OpenRequest request;
    request.context.principal = std::move(tenant);
    request.input.push_back({text, SegmentKind::kText, Role::kUser, ""});
    Action action = Action::kAllow;
    policies.ApiFor(0).Open(request,
                            [&](absl::StatusOr<OpenResult> result) { action = result->decision.action; });
    return action;
  }

  double Changes(const std::string& result) const {
    return metrics_.Value("portcullis_catalog_changes_total",
                          {{"kind", "static-policy"}, {"result", result}});
  }
  double Policies() const {
    return metrics_.Value("portcullis_catalog_policies", {{"kind", "static-policy"}});
  }

  testing::TempDir dir_;
  testing::FakeClock clock_;
  testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  ChainOptions chain_;
  std::unique_ptr<PolicyComponent> policies_;
};

TEST_F(CatalogHandlerTest, AChangeHoldsWhenItIsAnswered) {
  const auto catalog = Open();
  const auto made = Change(*catalog, Block("abc-[0-9]{3}"));
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(Ask(*policies_, "abc-123"), Action::kBlock);
  EXPECT_EQ(Ask(*policies_, "abc-123", "two"), Action::kAllow);
  EXPECT_EQ(Policies(), 1);
  CatalogChange change = Block("");
  change.id = made->policy.id;
  change.what = CatalogChange::What::kUpdate;
  change.draft = {};
  change.draft.enabled = false;
  ASSERT_THAT(Change(*catalog, change), IsOk());
  EXPECT_EQ(Ask(*policies_, "abc-123"), Action::kAllow);
  EXPECT_EQ(Policies(), 0);
  change.what = CatalogChange::What::kDelete;
  ASSERT_THAT(Change(*catalog, change), IsOk());
  EXPECT_EQ(Count(*catalog, "one"), 0u);
  EXPECT_EQ(Changes("done"), 3);
}

TEST_F(CatalogHandlerTest, WhatDoesNotCompileChangesNothing) {
  const auto catalog = Open();
  CatalogChange change = Block("(a");
  EXPECT_THAT(Change(*catalog, change),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("pattern: is no pattern")));
  change.draft.enabled = false;
  EXPECT_THAT(Change(*catalog, change), StatusIs(StatusCode::kInvalidArgument))
      << "nor when it is switched off";
  EXPECT_EQ(Count(*catalog, "one"), 0u);
  EXPECT_EQ(Changes("refused"), 2);
}

TEST_F(CatalogHandlerTest, PoliciesSurviveAReloadAndAStart) {
  ASSERT_THAT(Change(*Open(), Block("abc")), IsOk());
  auto fresh = *PolicyComponent::Create(chain_, 1, clock_, metrics_, logger_);
  const auto catalog = Open({}, fresh.get());
  EXPECT_EQ(Ask(*fresh, "abc"), Action::kBlock);
  chain_.chain = {"safety-filter"};
  ASSERT_THAT(fresh->Reload(chain_), IsOk());
  EXPECT_EQ(Ask(*fresh, "abc"), Action::kBlock);
  EXPECT_EQ(Ask(*fresh, "bob@example.com"), Action::kAllow) << "the chain is the new one";
}

TEST_F(CatalogHandlerTest, WhatAnotherProcessWritesIsTakenOver) {
  const auto mine = Open();
  auto others = *PolicyComponent::Create(chain_, 1, clock_, metrics_, logger_);
  const auto other = Open({}, others.get());
  ASSERT_THAT(Change(*other, Block("abc")), IsOk());
  ASSERT_THAT(mine->Refresh(), IsOk());
  EXPECT_EQ(Ask(*policies_, "abc"), Action::kBlock);
  ASSERT_THAT(Change(*other, Block("xyz")), IsOk());
  EXPECT_TRUE(testing::WaitUntil([&] { return Count(*mine, "one") == 2; })) << "by itself, within a second";
}

TEST_F(CatalogHandlerTest, SystemPoliciesAreForReading) {
  const auto catalog = Open();
  absl::StatusOr<std::vector<CatalogPolicy>> found;
  catalog->Find({CatalogKind::kStatic, "one", "sys.pii-detector.email"},
                [&](absl::StatusOr<std::vector<CatalogPolicy>> result) { found = std::move(result); });
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->at(0).action, "redact");
  CatalogChange change = Block("abc");
  change.what = CatalogChange::What::kUpdate;
  change.id = "sys.pii-detector.email";
  EXPECT_THAT(Change(*catalog, change), StatusIs(StatusCode::kPermissionDenied));
  catalog->Versions(
      {CatalogKind::kStatic, "one", change.id},
      [&](absl::StatusOr<std::vector<CatalogVersion>> versions) { EXPECT_TRUE(versions->empty()); });
  catalog->Find({CatalogKind::kStatic, "one", "sys.nothing"},
                [&](absl::StatusOr<std::vector<CatalogPolicy>> result) {
                  EXPECT_THAT(result, StatusIs(StatusCode::kNotFound));
                });
}

TEST_F(CatalogHandlerTest, AccessIsAsConfigured) {
  ASSERT_THAT(Change(*Open(), Block("abc")), IsOk());
  CatalogSettings settings;
  settings.access = CatalogAccess::kReadOnly;
  auto readers = *PolicyComponent::Create(chain_, 1, clock_, metrics_, logger_);
  const auto reader = Open(settings, readers.get());
  EXPECT_EQ(Ask(*readers, "abc"), Action::kBlock);
  EXPECT_THAT(Change(*reader, Block("xyz")), StatusIs(StatusCode::kPermissionDenied));
  settings.access = CatalogAccess::kOff;
  auto without = *PolicyComponent::Create(chain_, 1, clock_, metrics_, logger_);
  const auto off = Open(settings, without.get());
  EXPECT_EQ(Ask(*without, "abc"), Action::kAllow);
  EXPECT_THAT(Change(*off, Block("xyz")), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(CatalogHandlerTest, PatternsAreTried) {
  const auto catalog = Open();
  PatternTrial trial;
  const auto take = [&](absl::StatusOr<PatternTrial> result) { trial = *std::move(result); };
  catalog->TryPattern("[A-Z]{2}-[0-9]", {"AB-1, xy, CD-2", "nothing", "Äé AB-1"}, take);
  EXPECT_EQ(trial.error, "");
  EXPECT_EQ(trial.matches.at(0).texts, (std::vector<std::string>{"AB-1", "CD-2"}));
  EXPECT_TRUE(trial.matches.at(1).texts.empty());
  EXPECT_EQ(trial.matches.at(2).texts, (std::vector<std::string>{"AB-1"}));
  catalog->TryPattern("(a", {"a"}, take);
  EXPECT_NE(trial.error, "");
  catalog->TryPattern("abc", std::vector<std::string>(101, "x"), [](absl::StatusOr<PatternTrial> result) {
    EXPECT_THAT(result, StatusIs(StatusCode::kResourceExhausted));
  });
}

TEST_F(CatalogHandlerTest, DynamicPoliciesAreTried) {
  const auto catalog = Open();
  CatalogChange change;
  change.kind = CatalogKind::kDynamic;
  change.tenant = "one";
  change.draft.name = "Topic";
  change.draft.enabled = false;
  change.draft.conditions = {{{"query", "contains", "\"walrus\""}, {"user.email", "equals", "\"bob\""}}};
  change.draft.actions = {{{"block", "{}"}}};
  const auto made = Change(*catalog, change);
  ASSERT_THAT(made, IsOk());
  PolicyTrialInput input{"one", made->policy.id, "a Walrus", "", "bob", "chat"};
  PolicyTrial trial;
  const auto take = [&](absl::StatusOr<PolicyTrial> result) { trial = *std::move(result); };
  catalog->TryPolicy(input, take);
  EXPECT_TRUE(trial.matched && trial.blocked);
  EXPECT_EQ(trial.actions.size(), 1u);
  input.user = "eve";
  catalog->TryPolicy(input, take);
  EXPECT_FALSE(trial.matched || trial.blocked);
  input.tenant = "two";
  catalog->TryPolicy(input, [](absl::StatusOr<PolicyTrial> result) {
    EXPECT_THAT(result, StatusIs(StatusCode::kNotFound));
  });
}

}  // namespace
}  // namespace portcullis::policy
