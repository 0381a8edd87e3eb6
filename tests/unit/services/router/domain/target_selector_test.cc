#include "services/router/domain/target_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TargetSelectorTest : public test::RouterFixture {
 protected:
  TargetSelectorTest() {
    AddTarget("a");
    AddTarget("b");
    AddTarget("c").model = "b-model";
  }
  TargetSelector Selector() { return TargetSelector(options_.strategy, targets()); }
};

TEST_F(TargetSelectorTest, AModelThatNamesNothingGoesToAllInOrder) {
  EXPECT_THAT(Selector().Candidates(Request("gpt-4o")), ElementsAre(0, 1, 2));
  EXPECT_THAT(Selector().Candidates(Request("")), ElementsAre(0, 1, 2));
}

TEST_F(TargetSelectorTest, ATargetsModelPutsItsTargetsFirst) {
  EXPECT_THAT(Selector().Candidates(Request("b-model")), ElementsAre(1, 2, 0));
}

TEST_F(TargetSelectorTest, ATargetsIdIsThatTargetAlone) {
  EXPECT_THAT(Selector().Candidates(Request("c")), ElementsAre(2));
}

TEST_F(TargetSelectorTest, OnlyAllowedTargetsCount) {
  CompletionRequest request = Request("b-model");
  request.allowed_targets = {"c", "a", "unknown"};
  EXPECT_THAT(Selector().Candidates(request), ElementsAre(2, 0));
  request.model = "b";
  EXPECT_THAT(Selector().Candidates(request), IsEmpty());
  EXPECT_EQ(Selector().Explain(request, {}).outcome, Outcome::kNoTarget);
}

TEST_F(TargetSelectorTest, SingleHasNoFallback) {
  options_.strategy = Strategy::kSingle;
  EXPECT_THAT(Selector().Candidates(Request("")), ElementsAre(0));
  EXPECT_THAT(Selector().Candidates(Request("b-model")), ElementsAre(1));
}

TEST_F(TargetSelectorTest, KeyHealthAndContextAreChecked) {
  options_.targets[0].api_key = "";
  options_.targets[1].max_context_tokens = 100;
  CompletionRequest request = Request();
  request.estimated_prompt_tokens = 60;
  request.max_output_tokens = 40;
  EXPECT_EQ(Selector().Check(0, request), SkipReason::kNoKey);
  EXPECT_EQ(Selector().Check(1, request), SkipReason::kNone);
  request.max_output_tokens = 41;
  EXPECT_EQ(Selector().Check(1, request), SkipReason::kContextTooLong);
  request.max_output_tokens = UINT32_MAX;
  EXPECT_EQ(Selector().Check(1, request), SkipReason::kContextTooLong);
  targets()[2]->health().Record(false);
  targets()[2]->health().Record(false);
  EXPECT_EQ(Selector().Check(2, request), SkipReason::kUnhealthy);
}

TEST_F(TargetSelectorTest, ExplainsWhyNothingIsLeft) {
  const auto mixed =
      Selector().Explain(Request(), {{0, SkipReason::kNoKey}, {1, SkipReason::kContextTooLong}});
  EXPECT_EQ(mixed.outcome, Outcome::kUnavailable);
  EXPECT_EQ(mixed.message, "no target is available: a (no API key), b (context too small)");
  targets_.clear();
  options_.targets[0].max_context_tokens = 100;
  const auto small = Selector().Explain(Request(), {{0, SkipReason::kContextTooLong}});
  EXPECT_EQ(small.outcome, Outcome::kContextTooLong);
  EXPECT_THAT(small.message, HasSubstr("100"));
}

}  // namespace
}  // namespace portcullis::router
