#include "services/edge/domain/axonflow/policy_views.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace portcullis::edge {
namespace {

using nlohmann::json;
using policy::CatalogKind;
using policy::CatalogPolicy;

CatalogPolicy Named(std::string id, std::string tier = "tenant", int priority = 0,
                    CatalogKind kind = CatalogKind::kStatic) {
  CatalogPolicy policy;
  policy.kind = kind;
  policy.id = policy.name = std::move(id);
  policy.tier = std::move(tier);
  policy.priority = priority;
  policy.category = "pii-us";
  policy.severity = "low";
  policy.action = "block";
  return policy;
}

std::vector<std::string> Listed(const Policies& policies, std::string_view query) {
  const auto page = PolicyList(policies, PageQuery(query));
  std::vector<std::string> ids;
  if (!page) return {"wrong"};
  const json parsed = json::parse(*page);
  for (const json& one : parsed["policies"]) ids.push_back(one["id"]);
  return ids;
}

using Ids = std::vector<std::string>;

TEST(PolicyList, OwnPoliciesComeFirst) {
  const Policies policies = {Named("sys", "system"), Named("late", "tenant", 9), Named("early", "tenant", 1)};
  EXPECT_EQ(Listed(policies, ""), (Ids{"early", "late", "sys"}));
  EXPECT_EQ(Listed(policies, "sort_by=name&sort_order=desc"), (Ids{"sys", "late", "early"}));
  EXPECT_EQ(Listed(policies, "sort_by=nonsense"), (Ids{"early", "late", "sys"}));
}

TEST(PolicyList, FiltersAndPages) {
  Policies policies = {Named("a"), Named("b", "tenant", 1), Named("c", "system")};
  policies[1].enabled = false;
  policies[1].description = "About Zebras";
  EXPECT_EQ(Listed(policies, "tier=system"), Ids{"c"});
  EXPECT_EQ(Listed(policies, "enabled=false"), Ids{"b"});
  EXPECT_EQ(Listed(policies, "search=zebra"), Ids{"b"});
  EXPECT_EQ(Listed(policies, "category=pii-eu"), Ids{});
  EXPECT_EQ(Listed(policies, "organization_id=o"), Ids{});
  EXPECT_EQ(Listed(policies, "page=2&page_size=2"), Ids{"c"});
  EXPECT_EQ(Listed(policies, "limit=1&offset=1"), Ids{"b"});
  for (const char* bad : {"page=0", "page_size=x", "limit=0", "offset=-1", "page_size=5000"}) {
    EXPECT_EQ(Listed(policies, bad), Ids{"wrong"}) << bad;
  }
  const json pagination = json::parse(*PolicyList(policies, PageQuery("limit=2&offset=2")))["pagination"];
  EXPECT_EQ(pagination, json::parse(R"({"page":2,"page_size":2,"total_items":3,"total_pages":2})"));
}

TEST(PolicyPage, HasNoNullAndKeepsValues) {
  CatalogPolicy dynamic = Named("d", "tenant", 0, CatalogKind::kDynamic);
  dynamic.conditions = {{"query", "in", R"(["a",1])"}, {"x", "equals", "broken"}};
  dynamic.actions = {{"log", R"({"a":1})"}};
  const json page = json::parse(PolicyPage(dynamic))["policy"];
  EXPECT_EQ(page["conditions"][0]["value"], json::parse(R"(["a",1])"));
  EXPECT_EQ(page["conditions"][1]["value"], "broken");
  EXPECT_EQ(page["actions"][0]["config"], json::parse(R"({"a":1})"));
  const json bare = json::parse(PolicyPage(Named("s")));
  EXPECT_EQ(bare["policy_id"], "s");
  EXPECT_EQ(bare["tags"], json::array());
  for (const auto& [key, value] : bare.items()) EXPECT_FALSE(value.is_null()) << key;
}

TEST(PolicyPage, WhatIsInEffect) {
  Policies statics = {Named("on"), Named("off")};
  statics[1].enabled = false;
  const json page = json::parse(EffectivePolicies(statics, {}, PageQuery(""), "t", 0));
  EXPECT_EQ(page["static"].size(), 1u);
  EXPECT_EQ(page["dynamic"], json::array());
  EXPECT_EQ(page["tenant_id"], "t");
  EXPECT_EQ(json::parse(EffectivePolicies(statics, {}, PageQuery("include_disabled=true"), "t", 0))["static"]
                .size(),
            2u);
  EXPECT_EQ(json::parse(EffectiveDynamicPolicies(statics, PageQuery(""), "t", 0))["count"], 1);
}

TEST(PolicyPage, OfVersionsTestsAndImports) {
  CatalogPolicy policy = Named("p");
  policy.version = 2;
  const json versions = json::parse(PolicyVersions("p", {{policy, "updated", "name"}}));
  EXPECT_EQ(versions["versions"][0]["change_type"], "updated");
  EXPECT_EQ(versions["versions"][0]["snapshot"]["id"], "p");
  EXPECT_EQ(json::parse(PolicyVersions("p", {}))["versions"], json::array());
  policy::PatternTrial trial;
  trial.matches = {{"in", {"\xff"}}, {"none", {}}};
  const json tested = json::parse(PatternTestPage("x", {"in", "none"}, trial));
  EXPECT_EQ(tested["valid"], true);
  EXPECT_EQ(tested["matches"][0]["matched"], true);
  EXPECT_EQ(tested["matches"][1]["groups"], json::array());
  trial.error = "wrong";
  EXPECT_EQ(json::parse(PatternTestPage("x", {"in"}, trial))["matches"], json::array());
  EXPECT_EQ(json::parse(PolicyTestPage({}))["actions"], json::array());
  EXPECT_EQ(json::parse(ImportPage({}))["errors"], json::array());
  const json exported = json::parse(PolicyExport({policy, Named("s", "system")}, 0));
  EXPECT_EQ(exported["count"], 1);
}

TEST(PolicyError, HasTheEnvelopeOfItsKind) {
  EXPECT_EQ(PolicyErrorBody(CatalogKind::kStatic, 403, "no"), R"({"error":{"code":403,"message":"no"}})");
  const json coded = json::parse(PolicyErrorBody(CatalogKind::kDynamic, 400, "conditions[0].field: must be"));
  EXPECT_EQ(coded["error"]["code"], "VALIDATION_ERROR");
  EXPECT_EQ(coded["error"]["details"][0]["field"], "conditions[0].field");
  EXPECT_EQ(json::parse(PolicyErrorBody(CatalogKind::kDynamic, 404, "x: y"))["error"]["details"],
            json::array());
  EXPECT_EQ(json::parse(PolicyErrorBody(CatalogKind::kDynamic, 503, "x"))["error"]["code"], "INTERNAL_ERROR");
}

}  // namespace
}  // namespace portcullis::edge
