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
  TargetSelector Selector() { return TargetSelector(table(), clock_, rng_); }
  std::vector<uint32_t> Order(const CompletionRequest& request) {
    TargetSelector selector = Selector();
    Candidates candidates = selector.Select(request);
    std::vector<uint32_t> order;
    while (const auto target = candidates.Next()) order.push_back(*target);
    return order;
  }
};

TEST_F(TargetSelectorTest, AModelThatNamesNothingGoesToAllInOrder) {
  EXPECT_THAT(Order(Request("gpt-4o")), ElementsAre(0, 1, 2));
  EXPECT_THAT(Order(Request("")), ElementsAre(0, 1, 2));
}

TEST_F(TargetSelectorTest, ATargetsModelPutsItsTargetsFirst) {
  EXPECT_THAT(Order(Request("b-model")), ElementsAre(1, 2, 0));
}

TEST_F(TargetSelectorTest, ATargetsIdIsThatTargetAlone) { EXPECT_THAT(Order(Request("c")), ElementsAre(2)); }

TEST_F(TargetSelectorTest, AModelGoesOnlyToTargetsThatTakeIt) {
  TargetOptions& mistral = AddTarget("mistral");
  mistral.passthrough_model = true;
  mistral.models = {"mistral-*", "codestral-latest"};
  TargetOptions& openai = AddTarget("openai");
  openai.passthrough_model = true;
  openai.models = {"gpt-*"};
  EXPECT_THAT(Order(Request("mistral-large-latest")), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Order(Request("gpt-4o")), ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(Order(Request("b-model")), ElementsAre(1, 2, 0));
  EXPECT_THAT(Order(Request("")), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Order(Request("openai")), ElementsAre(4));  // its id
}

TEST_F(TargetSelectorTest, OnlyAllowedTargetsCount) {
  CompletionRequest request = Request("b-model");
  request.allowed_targets = {"c", "a", "unknown"};
  EXPECT_THAT(Order(request), ElementsAre(2, 0));
  request.model = "b";
  EXPECT_THAT(Order(request), IsEmpty());
  EXPECT_EQ(Selector().Explain(request, {}).outcome, Outcome::kNoTarget);
}

TEST_F(TargetSelectorTest, PreferredTargetsComeFirstAndTheOthersFollow) {
  CompletionRequest request = Request("");
  request.preferred_targets = {"c", "b", "unknown"};
  EXPECT_THAT(Order(request), ElementsAre(1, 2, 0));
  request.preferred_targets = {"unknown"};
  EXPECT_THAT(Order(request), ElementsAre(0, 1, 2));
  request.preferred_targets = {"c"};
  request.allowed_targets = {"a", "c"};
  EXPECT_THAT(Order(request), ElementsAre(2, 0));
}

TEST_F(TargetSelectorTest, AvoidedTargetsComeLast) {
  CompletionRequest request = Request("");
  request.avoided_targets = {"a", "unknown"};
  EXPECT_THAT(Order(request), ElementsAre(1, 2, 0));
  request.preferred_targets = {"a", "c"};
  EXPECT_THAT(Order(request), ElementsAre(2, 0, 1));
  request.preferred_targets.clear();
  request.avoided_targets = {"a", "b", "c"};
  EXPECT_THAT(Order(request), ElementsAre(0, 1, 2));
}

TEST_F(TargetSelectorTest, SingleHasNoFallback) {
  options_.strategy = Strategy::kSingle;
  EXPECT_THAT(Order(Request("")), ElementsAre(0));
  EXPECT_THAT(Order(Request("b-model")), ElementsAre(1));
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
  EXPECT_EQ(mixed.retry_after_seconds, 0);
  EXPECT_EQ(mixed.message, "no target is available: a (no API key), b (context too small)");
  table_.reset();
  targets_.clear();
  options_.targets[0].max_context_tokens = 100;
  const auto small = Selector().Explain(Request(), {{0, SkipReason::kContextTooLong}});
  EXPECT_EQ(small.outcome, Outcome::kContextTooLong);
  EXPECT_THAT(small.message, HasSubstr("100"));
}

TEST_F(TargetSelectorTest, SaysWhenAnOpenCircuitLetsSomebodyThrough) {
  options_.circuit_breaker.failure_threshold = 1;
  auto& circuit = targets()[0]->circuit();
  circuit.Report(*circuit.Admit(), CircuitResult::kFailure, "broken");
  clock_.Advance(std::chrono::milliseconds(500));
  const auto none = Selector().Explain(Request(), {{0, SkipReason::kCircuitOpen}, {1, SkipReason::kNoKey}});
  EXPECT_EQ(none.outcome, Outcome::kUnavailable);
  EXPECT_EQ(none.message, "no target is available: a (circuit open), b (no API key)");
  EXPECT_EQ(none.retry_after_seconds, 30);
}

TEST_F(TargetSelectorTest, AGroupAnswersToItsNamesAndHasAFallbackGroup) {
  options_.groups = {{"fast", {"c", "a"}, {"gpt-4o-mini", "haiku"}, "slow"}, {"slow", {"b"}, {}, "fast"}};
  EXPECT_THAT(Order(Request("fast")), ElementsAre(2, 0, 1));
  EXPECT_THAT(Order(Request("haiku")), ElementsAre(2, 0, 1));
  EXPECT_THAT(Order(Request("slow")), ElementsAre(1, 2, 0));
}

TEST_F(TargetSelectorTest, AShadowServesOnlyWhoAsksForIt) {
  options_.mirror.enabled = true;
  options_.mirror.target = "b";
  EXPECT_THAT(Order(Request()), ElementsAre(0, 2));
  EXPECT_THAT(Order(Request("b")), ElementsAre(1));
}

TEST_F(TargetSelectorTest, ADrainedTargetIsPassedOver) {
  targets()[0]->set_drained(true);
  EXPECT_EQ(Selector().Check(0, Request()), SkipReason::kDrained);
  EXPECT_EQ(metrics_.Value("drained", {{"target", "a"}}), 1);
}

}  // namespace
}  // namespace portcullis::router
