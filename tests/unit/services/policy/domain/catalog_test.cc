#include "services/policy/domain/catalog/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "libs/base/strings.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/policy/domain/catalog/catalog_policy.h"
#include "services/policy/domain/catalog/catalog_rules.h"
#include "services/policy/domain/catalog/policy_json.h"
#include "services/policy/domain/catalog/system_policies.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

CatalogChange Create(CatalogDraft draft, CatalogKind kind = CatalogKind::kStatic) {
  CatalogChange change;
  change.kind = kind;
  change.tenant = change.actor = "one";
  change.draft = std::move(draft);
  return change;
}

CatalogDraft StaticDraft(std::string pattern, std::string action = "block",
                         std::string category = "sensitive-data") {
  CatalogDraft draft;
  draft.name = "Codes";
  draft.category = std::move(category);
  draft.pattern = std::move(pattern);
  draft.action = std::move(action);
  return draft;
}

CatalogDraft DynamicDraft(std::vector<CatalogCondition> conditions,
                          std::vector<CatalogAction> actions = {{"block"}}) {
  CatalogDraft draft;
  draft.name = "Topic";
  draft.conditions = std::move(conditions);
  draft.actions = std::move(actions);
  return draft;
}

CatalogPolicy Made(const CatalogChange& change, std::string id = "p1") {
  auto result = Catalog({}, {}).Plan(change, id, 1'000'000);
  EXPECT_THAT(result, IsOk());
  return result.ok() ? result->policy : CatalogPolicy();
}

std::shared_ptr<const text::FoldTable> Fold() {
  static const std::shared_ptr<const text::FoldTable> fold = *text::FoldTable::Build({});
  return fold;
}

absl::Status Compiles(const CatalogDraft& draft, CatalogKind kind = CatalogKind::kStatic) {
  auto result = Catalog({}, {}).Plan(Create(draft, kind), "p1", 0);
  if (!result.ok()) return result.status();
  return TenantRules::Compile({result->policy}, *Fold()).status();
}

// An engine with the policies of tenant "one" after a chain.
class Exam {
 public:
  explicit Exam(const std::vector<CatalogPolicy>& policies, std::vector<std::string> chain = {}) {
    ChainOptions options;
    options.chain = std::move(chain);
    auto rules = TenantRules::Compile(policies, *Fold());
    EXPECT_THAT(rules, IsOk());
    const std::shared_ptr<const Bundle> bundle = *Bundle::Compile(options);
    bundles_ = std::make_unique<BundleSource>(Bundle::WithCatalog(*bundle, {{"one", *rules}}));
    engine_ = std::make_unique<Engine>(bundles_.get(), &clock_, &probe_);
    request.context.principal = "one";
  }

  Decision Ask(std::string_view text) {
    request.input = {{text, SegmentKind::kText, Role::kUser, ""}};
    Decision decision;
    engine_->Open(request, [&](absl::StatusOr<OpenResult> result) {
      ASSERT_THAT(result, IsOk());
      decision = std::move(result->decision);
      exchange = std::move(result->exchange);
      bundle = result->bundle;
    });
    return decision;
  }

  Decision Answer(std::string_view text) {
    Decision decision;
    exchange->CheckOutput({{text, SegmentKind::kText, Role::kAssistant, ""}},
                          [&](absl::StatusOr<Decision> result) { decision = *std::move(result); });
    return decision;
  }

  OpenRequest request;
  std::unique_ptr<Exchange> exchange;
  std::string bundle;

 private:
  testing::FakeClock clock_;
  NullProbe probe_;
  std::unique_ptr<BundleSource> bundles_;
  std::unique_ptr<Engine> engine_;
};

// ---- what a caller says

TEST(CatalogDrafts, ANewPolicyHasItsDefaults) {
  const CatalogPolicy policy = Made(Create(StaticDraft("abc-[0-9]{3}")));
  EXPECT_EQ(policy.id, "p1");
  EXPECT_EQ(policy.tenant, "one");
  EXPECT_EQ(policy.tier, "tenant");
  EXPECT_EQ(policy.severity, "medium");
  EXPECT_TRUE(policy.enabled);
  EXPECT_EQ(policy.version, 1u);
  EXPECT_EQ(policy.created_us, 1'000'000);
  EXPECT_EQ(policy.created_by, "one");
}

TEST(CatalogDrafts, WhatIsWrongIsToldWithItsField) {
  const std::pair<std::string_view, void (*)(CatalogDraft&)> kWrong[] = {
      {"name: is required", [](CatalogDraft& draft) { draft.name = ""; }},
      {"name: holds control", [](CatalogDraft& draft) { draft.name = "a\nb"; }},
      {"category: must be one of", [](CatalogDraft& draft) { draft.category = "media-pii"; }},
      {"category: is required", [](CatalogDraft& draft) { draft.category.reset(); }},
      {"severity: must be one of", [](CatalogDraft& draft) { draft.severity = "8"; }},
      {"action: must be one of", [](CatalogDraft& draft) { draft.action = "explode"; }},
      {"action: is required", [](CatalogDraft& draft) { draft.action.reset(); }},
      {"pattern: is required", [](CatalogDraft& draft) { draft.pattern.reset(); }},
      {"pattern: is no pattern", [](CatalogDraft& draft) { draft.pattern = "(a"; }},
      {"pattern: can begin with", [](CatalogDraft& draft) { draft.pattern = ".*secret"; }},
      {"pattern: is too costly", [](CatalogDraft& draft) { draft.pattern = "([a-z]{2,15}){1,15}"; }},
      {"priority: must be", [](CatalogDraft& draft) { draft.priority = 2'000'000; }},
      {"tags: are more", [](CatalogDraft& draft) { draft.tags.emplace(21, "t"); }},
      {"tier: must be", [](CatalogDraft& draft) { draft.tier = "galaxy"; }},
  };
  for (const auto& [message, spoil] : kWrong) {
    CatalogDraft draft = StaticDraft("abc");
    spoil(draft);
    EXPECT_THAT(Compiles(draft), StatusIs(StatusCode::kInvalidArgument, HasSubstr(std::string(message))));
  }
  for (const char* tier : {"system", "organization"}) {
    CatalogDraft draft = StaticDraft("abc");
    draft.tier = tier;
    EXPECT_THAT(Compiles(draft), StatusIs(StatusCode::kPermissionDenied));
  }
}

TEST(CatalogDrafts, WhatCannotBeKnownIsRefused) {
  const std::pair<std::string_view, std::vector<CatalogCondition>> kWrong[] = {
      {"conditions: at least one", {}},
      {"conditions[0].field: this gateway does not know risk_score", {{"risk_score", "greater_than", "0.8"}}},
      {"conditions[0].field: this gateway does not know user.role", {{"user.role", "equals", "\"admin\""}}},
      {"conditions[0].field: must be", {{"moon", "equals", "\"x\""}}},
      {"conditions[0].operator: less_than compares", {{"query", "less_than", "1"}}},
      {"conditions[0].operator: must be", {{"query", "near", "\"x\""}}},
      {"conditions[0].value: is required", {{"query", "contains", ""}}},
      {"conditions[0].value: must be an array", {{"query", "in", "\"x\""}}},
      {"conditions[0].value: must be a text", {{"query", "equals", "{}"}}},
      {"conditions[0].value: is no pattern", {{"query", "contains", "\"x\""}}},
      {"conditions[0].operator: of a response", {{"response", "not_contains", "\"xyz\""}}},
      {"conditions[1]: a second", {{"response", "contains", "\"abc\""}, {"response", "contains", "\"xyz\""}}},
  };
  for (const auto& [message, conditions] : kWrong) {
    EXPECT_THAT(Compiles(DynamicDraft(conditions), CatalogKind::kDynamic),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(std::string(message))));
  }
  const std::vector<CatalogCondition> fine = {{"query", "contains", "\"abc\""}};
  for (const char* type : {"route", "modify_risk", "explode"}) {
    EXPECT_THAT(Compiles(DynamicDraft(fine, {{"block"}, {type}}), CatalogKind::kDynamic),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("actions[1].type: ")));
  }
  EXPECT_THAT(
      Compiles(DynamicDraft({{"request_type", "equals", "\"sql\""}}, {{"redact"}}), CatalogKind::kDynamic),
      StatusIs(StatusCode::kInvalidArgument, HasSubstr("redact needs a condition that says what")));
}

// ---- the catalogue

TEST(Catalogue, KeepsVersionsAndSaysWhatChanged) {
  Catalog catalog({}, {});
  const auto created = catalog.Plan(Create(StaticDraft("abc")), "p1", 5);
  ASSERT_THAT(created, IsOk());
  EXPECT_EQ(created->change, "created");
  EXPECT_EQ(catalog.size(), 0u) << "a plan changes nothing";
  catalog.Apply(*created);
  CatalogChange change = Create({});
  change.what = CatalogChange::What::kUpdate;
  change.id = "p1";
  change.actor = "bob";
  change.draft.pattern = "hidden-word";
  change.draft.action = "redact";
  const auto updated = catalog.Plan(change, "", 7);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->version_before, 1u);
  EXPECT_EQ(updated->policy.version, 2u);
  EXPECT_EQ(updated->policy.updated_by, "bob");
  EXPECT_EQ(updated->policy.created_us, 5);
  EXPECT_THAT(updated->summary, HasSubstr("action, pattern (sha256 "));
  EXPECT_EQ(updated->summary.find("hidden"), std::string::npos);
  catalog.Apply(*updated);
  change.draft = {};
  change.draft.enabled = false;
  EXPECT_EQ(catalog.Plan(change, "", 8)->change, "disabled");
  change.what = CatalogChange::What::kDelete;
  const auto deleted = catalog.Plan(change, "", 9);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_TRUE(catalog.After(*deleted).empty());
  catalog.Apply(*deleted);
  EXPECT_THAT(catalog.Plan(change, "", 9), StatusIs(StatusCode::kNotFound));
}

TEST(Catalogue, TenantsDoNotSeeEachOther) {
  Catalog catalog({}, {});
  catalog.Apply(*catalog.Plan(Create(StaticDraft("abc")), "p1", 0));
  EXPECT_NE(catalog.Find("one", CatalogKind::kStatic, "p1"), nullptr);
  EXPECT_EQ(catalog.Find("two", CatalogKind::kStatic, "p1"), nullptr);
  EXPECT_EQ(catalog.Find("one", CatalogKind::kDynamic, "p1"), nullptr);
  EXPECT_TRUE(catalog.OfTenant("two").empty());
}

TEST(Catalogue, IsBounded) {
  Catalog catalog({3, 2}, {});
  const auto add = [&](std::string tenant, std::string id) {
    CatalogChange change = Create(StaticDraft("abc"));
    change.tenant = tenant;
    const auto result = catalog.Plan(change, id, 0);
    if (result.ok()) catalog.Apply(*result);
    return result.status();
  };
  EXPECT_THAT(add("one", "a"), IsOk());
  EXPECT_THAT(add("one", "b"), IsOk());
  EXPECT_THAT(add("one", "c"), StatusIs(StatusCode::kResourceExhausted, HasSubstr("this tenant")));
  EXPECT_THAT(add("two", "d"), IsOk());
  EXPECT_THAT(add("two", "e"), StatusIs(StatusCode::kResourceExhausted, HasSubstr("all tenants")));
}

TEST(Catalogue, ATenantsPatternsAreBoundedTogether) {
  std::vector<CatalogPolicy> policies;
  for (int i = 0; i < 150; ++i) {
    policies.push_back(Made(Create(StaticDraft(base::StrCat("prefix", i, "x{70}"))), base::StrCat("p", i)));
  }
  EXPECT_THAT(TenantRules::Compile(policies, *Fold()), StatusIs(StatusCode::kResourceExhausted));
  for (CatalogPolicy& policy : policies) policy.enabled = false;
  EXPECT_THAT(TenantRules::Compile(policies, *Fold()), IsOk()) << "those that are not enabled do not count";
}

TEST(Catalogue, PoliciesComeBackFromJson) {
  CatalogPolicy policy = Made(Create(
      DynamicDraft({{"query", "in", R"(["a b","c"])"}}, {{"log", R"({"k":1})"}}), CatalogKind::kDynamic));
  policy.tags = {"x", "\"y\""};
  const auto back = PolicyFromJson(PolicyToJson(policy));
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(PolicyToJson(*back), PolicyToJson(policy));
  EXPECT_EQ(back->conditions, policy.conditions);
  EXPECT_THAT(PolicyFromJson("{}"), StatusIs(StatusCode::kDataLoss));
  EXPECT_THAT(PolicyFromJson("nothing"), StatusIs(StatusCode::kDataLoss));
}

// ---- what they do

TEST(CatalogRules, ABlockNamesThePolicy) {
  Exam run({Made(Create(StaticDraft("abc-[0-9]{3}")))});
  const Decision decision = run.Ask("see abc-123");
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.policy, "static-policy");
  EXPECT_EQ(decision.reason_code, "static_policy.matched");
  EXPECT_THAT(decision.message, HasSubstr("Request blocked by policy static-policy (p1)"));
  ASSERT_EQ(decision.findings.size(), 1u);
  EXPECT_EQ(decision.findings[0].rule, "p1");
  EXPECT_EQ(decision.findings[0].begin, 4u);
  EXPECT_EQ(run.Ask("see abc-12").action, Action::kAllow);
  run.request.context.principal = "two";
  EXPECT_EQ(run.Ask("see abc-123").action, Action::kAllow);
}

TEST(CatalogRules, EachActionIsWhatItSays) {
  const std::pair<const char*, Action> kActions[] = {
      {"block", Action::kBlock},   {"require_approval", Action::kEscalate},
      {"redact", Action::kRedact}, {"warn", Action::kAllow},
      {"log", Action::kAllow},     {"allow", Action::kAllow}};
  for (const auto& [word, action] : kActions) {
    Exam run({Made(Create(StaticDraft("abc", word)))});
    const Decision decision = run.Ask("xx abc");
    EXPECT_EQ(decision.action, action) << word;
    EXPECT_EQ(decision.findings.size(), 1u) << word;
    EXPECT_EQ(decision.edits.size(), action == Action::kRedact ? 1u : 0u) << word;
  }
}

TEST(CatalogRules, ComeAfterTheChainAndChangeTheBundle) {
  Exam run({Made(Create(StaticDraft("abc", "redact")))}, {"pii-detector"});
  const Decision decision = run.Ask("bob@example.com wrote abc");
  ASSERT_EQ(decision.edits.size(), 2u);
  EXPECT_EQ(decision.edits[0].replacement, "[EMAIL]");
  EXPECT_EQ(decision.edits[1].replacement, "[REDACTED]");
  const std::string own = run.bundle;
  run.request.context.principal = "two";
  EXPECT_EQ(run.Ask("bob@example.com wrote abc").edits.size(), 1u);
  EXPECT_NE(run.bundle, own);
}

TEST(CatalogRules, SecurityIsOfRequestsAndDataOfAnswersToo) {
  Exam run({Made(Create(StaticDraft("drop it", "block", "security-sqli")), "a"),
            Made(Create(StaticDraft("abc", "redact")), "b")});
  run.Ask("hello");
  EXPECT_EQ(run.Answer("drop it, abc").action, Action::kRedact);
  std::vector<Release> releases;
  run.exchange->Guard({{0, SegmentKind::kText, "so ab", false}}, [&](absl::StatusOr<GuardResult> result) {
    ASSERT_THAT(result, IsOk());
    releases = result->releases;
  });
  ASSERT_EQ(releases.size(), 1u);
  EXPECT_EQ(releases[0].end, 3u) << "what may become a match is held";
}

TEST(CatalogRules, OverlappingPoliciesOfDifferentActionsAllCount) {
  Exam run({Made(Create(StaticDraft("abc", "log")), "a"), Made(Create(StaticDraft("bc", "block")), "b")});
  const Decision decision = run.Ask("abc");
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.findings.size(), 2u);
}

CatalogPolicy Dynamic(std::vector<CatalogCondition> conditions, std::string id = "d1",
                      std::vector<CatalogAction> actions = {{"block"}}) {
  return Made(Create(DynamicDraft(std::move(conditions), std::move(actions)), CatalogKind::kDynamic), id);
}

TEST(DynamicRules, AllConditionsMustHold) {
  Exam run({Dynamic({{"query", "contains", "\"salary\""},
                     {"query", "contains_any", R"(["export","csv"])"},
                     {"query", "not_contains", "\"public\""}})});
  EXPECT_EQ(run.Ask("Export the SALARY list").action, Action::kBlock);
  EXPECT_EQ(run.Ask("the salary list").action, Action::kAllow);
  EXPECT_EQ(run.Ask("export the public salary list").action, Action::kAllow);
}

TEST(DynamicRules, OperatorsCompareAsTheySay) {
  const struct {
    CatalogCondition condition;
    const char* fits;
    const char* fits_not;
  } kRows[] = {{{"query", "equals", "\"stop now\""}, "stop now", "Stop now"},
               {{"query", "not_equals", "\"go on\""}, "stop", "go on"},
               {{"query", "in", R"(["aa","bb"])"}, "bb", "cc"},
               {{"query", "not_in", R"(["aa","bb"])"}, "cc", "aa"},
               {{"query", "equals", "42"}, "42", "43"},
               {{"query", "regex", R"("id [0-9]{2}")"}, "my id 42", "my id 4"},
               {{"query", "contains", R"x("a.b(c)")x"}, "see A.B(C)", "see axb(c)"}};
  for (const auto& row : kRows) {
    Exam run({Dynamic({row.condition})});
    EXPECT_EQ(run.Ask(row.fits).action, Action::kBlock) << row.condition.op;
    EXPECT_EQ(run.Ask(row.fits_not).action, Action::kAllow) << row.condition.op;
  }
}

TEST(DynamicRules, WhoAsksAndForWhatCounts) {
  Exam run({Dynamic(
      {{"user.email", "regex", R"("@guest\\.example")"}, {"request_type", "in", R"(["sql","chat"])"}})});
  run.request.request_type = "chat";
  run.request.context.user = "bob@guest.example";
  const Decision decision = run.Ask("anything");
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.policy, "dynamic-policy");
  EXPECT_EQ(decision.findings.at(0).rule, "d1");
  run.request.request_type = "completion";
  EXPECT_EQ(run.Ask("anything").action, Action::kAllow);
  run.request.request_type = "sql";
  run.request.context.user = "bob@staff.example";
  EXPECT_EQ(run.Ask("anything").action, Action::kAllow);
  Exam other({Dynamic({{"user.tenant_id", "equals", "\"one\""}})});
  EXPECT_EQ(other.Ask("").action, Action::kBlock);
}

TEST(DynamicRules, APolicyThatDoesNotHoldHidesNoOther) {
  Exam run({Dynamic({{"query", "contains", "\"secret plan\""}, {"request_type", "equals", "\"sql\""}}, "a"),
            Dynamic({{"query", "contains", "\"secret\""}}, "b")});
  const Decision decision = run.Ask("the secret plan");
  EXPECT_EQ(decision.action, Action::kBlock);
  ASSERT_EQ(decision.findings.size(), 1u);
  EXPECT_EQ(decision.findings[0].rule, "b");
}

TEST(DynamicRules, AnswersAreCheckedWhereTheRequestFits) {
  Exam run({Dynamic({{"response", "contains", "\"internal\""}, {"query", "contains", "\"report\""}}, "d1",
                    {{"redact"}})});
  EXPECT_EQ(run.Ask("a report").action, Action::kAllow);
  EXPECT_EQ(run.Answer("this is Internal").action, Action::kRedact);
  run.Ask("a poem");
  EXPECT_EQ(run.Answer("this is Internal").action, Action::kAllow);
}

TEST(DynamicRules, TheStrongestActionHoldsAndTheLowestPriorityDecides) {
  CatalogPolicy first =
      Dynamic({{"query", "contains", "\"abc\""}}, "z", {{"log"}, {"require_approval"}, {"alert"}});
  CatalogPolicy second = Dynamic({{"query", "contains", "\"abc\""}}, "a", {{"require_approval"}});
  first.priority = 1;
  second.priority = 2;
  Exam run({second, first});
  const Decision decision = run.Ask("abc");
  EXPECT_EQ(decision.action, Action::kEscalate);
  EXPECT_THAT(decision.message, HasSubstr("(z)"));
}

TEST(DynamicRules, AreBounded) {
  std::vector<CatalogPolicy> policies;
  for (size_t i = 0; i <= kMaxDynamicRules; ++i) {
    policies.push_back(Dynamic({{"query", "contains", "\"abc\""}}, base::StrCat("d", i)));
  }
  EXPECT_THAT(TenantRules::Compile(policies, *Fold()), StatusIs(StatusCode::kResourceExhausted));
  policies.pop_back();
  Exam run(policies);
  EXPECT_EQ(run.Ask("abc").findings.size(), kMaxDynamicRules);
}

// ---- the chain as policies

TEST(SystemPoliciesTest, AreWhatTheChainHas) {
  ChainOptions options;
  options.chain = {"prompt-injection", "pii-detector", "secrets",     "sql-injection",
                   "dlp-filter",       "cost-limit",   "audit-logger"};
  options.pii_detector.entities = {{"email", false}};
  options.secrets.control.mode = PolicyMode::kObserve;
  options.dlp_filter.blocked_terms = {"hidden"};
  const std::vector<CatalogPolicy> policies = SystemPolicies(options, 7);
  const auto find = [&](std::string_view id) {
    const auto found =
        std::find_if(policies.begin(), policies.end(), [&](const auto& one) { return one.id == id; });
    EXPECT_NE(found, policies.end()) << id;
    return found == policies.end() ? CatalogPolicy() : *found;
  };
  EXPECT_EQ(find("sys.pii-detector.payment_card").action, "redact");
  EXPECT_FALSE(find("sys.pii-detector.email").enabled);
  EXPECT_EQ(find("sys.pii-detector.us_ssn").category, "pii-us");
  EXPECT_EQ(find("sys.pii-detector.in_pan").category, "pii-india");
  EXPECT_EQ(find("sys.secrets.private_key").action, "log");
  EXPECT_EQ(find("sys.sql-injection.union").category, "security-sqli");
  EXPECT_EQ(find("sys.prompt-injection.instruction_override").action, "block");
  EXPECT_EQ(find("sys.dlp-filter.blocked_terms[0]").pattern.find("hidden"), std::string::npos);
  EXPECT_EQ(find("sys.cost-limit").kind, CatalogKind::kDynamic);
  std::set<std::string> ids;
  for (const CatalogPolicy& policy : policies) {
    EXPECT_TRUE(ids.insert(policy.id).second) << policy.id;
    EXPECT_EQ(policy.tier, "system");
    EXPECT_EQ(policy.created_us, 7);
  }
  EXPECT_TRUE(SystemPolicies({}, 0).empty());
}

}  // namespace
}  // namespace portcullis::policy
