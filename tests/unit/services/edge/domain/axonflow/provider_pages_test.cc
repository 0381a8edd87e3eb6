#include "services/edge/domain/axonflow/provider_pages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace portcullis::edge {
namespace {

using nlohmann::json;

class ProviderPages : public ::testing::Test {
 protected:
  ProviderPages() {
    for (const char* id : {"a", "b"}) {
      router::TargetStatus& status = statuses_.emplace_back();
      status.id = id;
      status.available = status.healthy = true;
    }
  }

  Providers providers() const { return {targets_, statuses_, 5'000'000}; }

  json History(const char* query) const {
    const auto page = CircuitHistoryPage(providers(), PageQuery(query));
    return page ? json::parse(*page)["data"] : json();
  }

  std::vector<AxonFlowTarget> targets_ = {{"a", "mistral", "m", "", 3}, {"b", "openai", "m", "", 1}};
  std::vector<router::TargetStatus> statuses_;
};

TEST_F(ProviderPages, WeightsAreThoseOfTheRouter) {
  EXPECT_EQ(json::parse(ProviderRouting(providers())), json::parse(R"({"weights":{"a":75,"b":25}})"));
  statuses_[0].weight = statuses_[1].weight = 2;
  EXPECT_EQ(json::parse(ProviderRouting(providers())), json::parse(R"({"weights":{"a":50,"b":50}})"));
  EXPECT_EQ(json::parse(ProviderWeights(providers()))["weights"]["b"], 0.5);
  EXPECT_EQ(Shares(providers()), (router::TargetWeights{{"a", 50}, {"b", 50}}));
}

TEST_F(ProviderPages, HistoryIsNewestFirst) {
  EXPECT_EQ(History("").dump(), R"({"count":0,"history":[]})");
  statuses_[0].trips = {{1'000'000, 2'000'000, 3'000'000, "503", "trials succeeded", 2}};
  statuses_[1].trips = {{4'000'000, 0, 0, "forced by an operator", "", 1}};
  statuses_[1].circuit = 2;
  const json data = History("limit=5");
  ASSERT_EQ(data["count"], 2);
  const json& open = data["history"][0];
  EXPECT_EQ(open["scope_id"], "b");
  EXPECT_EQ(open["state"], "open");
  EXPECT_FALSE(open.contains("expires_at"));
  EXPECT_FALSE(open.contains("reset_at"));
  const json& closed = data["history"][1];
  EXPECT_EQ(closed["state"], "closed");
  EXPECT_EQ(closed["trip_reason"], "503");
  EXPECT_EQ(closed["error_count"], 2);
  EXPECT_EQ(closed["tripped_at"], "1970-01-01T00:00:01.000000Z");
  EXPECT_EQ(closed["reset_at"], "1970-01-01T00:00:03.000000Z");
  EXPECT_EQ(History("limit=1")["count"], 1);
  EXPECT_TRUE(History("limit=0").is_null());
}

TEST_F(ProviderPages, CircuitsTellWhenTheyOpened) {
  statuses_[1].circuit = 2;
  statuses_[1].trips = {{4'000'000, 9'000'000, 0, "503", "", 3}};
  const json circuit = json::parse(CircuitPage(providers()))["data"]["active_circuits"][0];
  EXPECT_EQ(circuit["tripped_at"], "1970-01-01T00:00:04.000000Z");
  EXPECT_EQ(circuit["error_count"], 3);
}

}  // namespace
}  // namespace portcullis::edge
