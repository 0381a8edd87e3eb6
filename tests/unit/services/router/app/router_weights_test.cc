// Weights that are set while the router runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/temp_dir.h"
#include "tests/unit/services/router/app/component_fixture.h"

namespace portcullis::router::test {
namespace {

using ::testing::HasSubstr;

class RouterWeightsTest : public RouterComponentTest {
 protected:
  RouterWeightsTest() {
    options_.strategy = Strategy::kWeightedRoundRobin;
    options_.weights_file = dir_.File("weights.json");
    AddTarget("a", "http://127.0.0.1:1");
    AddTarget("b", "http://127.0.0.1:1");
    options_.targets[0].weight = 3;
  }

  absl::Status Set(const TargetWeights& weights) {
    Router();
    return component_->SetWeights(weights, {"jane", "10.0.0.1", "/weights", "PUT"});
  }

  TargetWeights Now() {
    Router();
    TargetWeights weights;
    for (const TargetStatus& status : component_->TargetsNow()) weights[status.id] = status.weight;
    return weights;
  }

  void Restart() { component_.reset(); }

  const testing::TempDir dir_;
};

TEST_F(RouterWeightsTest, HoldAtOnceAndAfterARestart) {
  EXPECT_EQ(Now(), (TargetWeights{{"a", 3}, {"b", 1}}));
  ASSERT_TRUE(Set({{"a", 10}, {"b", 90}}).ok());
  EXPECT_TRUE(logger_.Contains("weights changed weights=a=10 b=90 user=jane address=10.0.0.1"));
  ASSERT_TRUE(Set({{"b", 30}}).ok());
  EXPECT_EQ(Now(), (TargetWeights{{"a", 10}, {"b", 30}}));
  Restart();
  EXPECT_EQ(Now(), (TargetWeights{{"a", 10}, {"b", 30}}));
}

TEST_F(RouterWeightsTest, AConfigurationThatSaysOtherWeightsHolds) {
  ASSERT_TRUE(Set({{"a", 10}, {"b", 90}}).ok());
  Restart();
  options_.targets[0].weight = 4;
  EXPECT_EQ(Now(), (TargetWeights{{"a", 4}, {"b", 1}}));
  EXPECT_TRUE(logger_.Contains("the configuration has other weights"));
}

TEST_F(RouterWeightsTest, AFileThatCannotBeReadIsToldOf) {
  dir_.Write("weights.json", "{");
  EXPECT_EQ(Now(), (TargetWeights{{"a", 3}, {"b", 1}}));
  EXPECT_TRUE(logger_.Contains("kept weights cannot be read"));
}

TEST_F(RouterWeightsTest, WhatIsWrongChangesNothing) {
  EXPECT_EQ(Set({{"a", 10}, {"zzz", 1}}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Set({{"a", 0}}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Set({{"a", 1e9}}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Now(), (TargetWeights{{"a", 3}, {"b", 1}}));
  Restart();
  options_.strategy = Strategy::kOrdered;
  EXPECT_EQ(Set({{"a", 10}}).code(), absl::StatusCode::kFailedPrecondition);
  Restart();
  options_.strategy = Strategy::kWeightedRoundRobin;
  options_.weights_file = "/nonexistent/weights.json";
  EXPECT_FALSE(Set({{"a", 10}}).ok());
  EXPECT_EQ(Now(), (TargetWeights{{"a", 3}, {"b", 1}}));
}

}  // namespace
}  // namespace portcullis::router::test
