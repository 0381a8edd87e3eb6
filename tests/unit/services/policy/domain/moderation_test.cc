// external-moderation: what is asked, what becomes of the answers, and what streams hold back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "libs/base/strings.h"
#include "services/policy/domain/moderation/categories.h"
#include "services/policy/domain/moderation/verdict_cache.h"
#include "tests/unit/services/policy/domain/policy_harness.h"

namespace portcullis::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Flags texts that hold "EVIL". Answers inside the call, or when the test says so.
class FakePort final : public ModerationPort {
 public:
  void Ask(ModerationQuestion question, Callback done) override {
    std::vector<absl::StatusOr<TextScores>> answers;
    for (const std::string& text : question.texts) {
      asked.push_back(text);
      deadlines.push_back(question.deadline);
      const bool evil = text.find("EVIL") != std::string::npos;
      if (!failure.ok()) {
        answers.emplace_back(failure);
      } else {
        answers.emplace_back(TextScores{{"selfharm", evil ? 0.9 : 0.1}, {"pii", 0.2}});
      }
    }
    if (!later) return std::move(done)(std::move(answers));
    waiting = [answers = std::move(answers), done = std::move(done)]() mutable {
      std::move(done)(std::move(answers));
    };
  }
  void Answer() { std::exchange(waiting, nullptr)(); }

  std::vector<std::string> asked;
  std::vector<base::MonotonicTime> deadlines;
  absl::Status failure;
  bool later = false;
  absl::AnyInvocable<void()> waiting;
};

class CountingProbe final : public Probe {
 public:
  void OnDecision(std::string_view policy, Action action) override {
    if (policy == kExternalModeration) actions.push_back(action);
  }
  void OnObserved(std::string_view policy, Action action) override {
    if (policy == kExternalModeration) observed.push_back(action);
  }
  void OnFailure(std::string_view, bool blocked) override { failures.push_back(blocked); }
  void OnScanned(Direction, uint64_t) override {}
  void OnCheckDuration(Direction, base::Duration) override {}

  std::vector<Action> actions;
  std::vector<Action> observed;
  std::vector<bool> failures;
};

class ModerationTest : public ::testing::Test {
 protected:
  ModerationTest() { chain_.chain = {"pii-detector", "safety-filter", "external-moderation"}; }

  ExternalModerationOptions& options() { return chain_.external_moderation; }

  Engine& engine() {
    if (!engine_) {
      bundles_.emplace(CompileOrDie(chain_));
      engine_.emplace(&*bundles_, &clock_, &probe_, &port_);
    }
    return *engine_;
  }

  OpenResult Open(std::vector<Segment> input) {
    OpenRequest request;
    request.input = std::move(input);
    opened_.reset();
    engine().Open(request, [this](absl::StatusOr<OpenResult> result) { opened_ = *std::move(result); });
    return opened_ ? *std::move(opened_) : OpenResult();
  }
  OpenResult OpenUser(std::string_view text) { return Open({{text, SegmentKind::kText, Role::kUser, ""}}); }

  std::unique_ptr<Exchange> Exchanged() {
    auto exchange = Open({}).exchange;
    port_.asked.clear();
    return exchange;
  }

  // What of `text` leaves after each of the pieces that `cuts` make of it.
  std::vector<std::string> Stream(Exchange& exchange, const std::vector<std::string>& pieces) {
    std::string whole;
    uint32_t released = 0;
    std::vector<std::string> out;
    for (size_t i = 0; i < pieces.size(); ++i) {
      whole += pieces[i];
      std::string left;
      exchange.Guard({{0, SegmentKind::kText, pieces[i], i + 1 == pieces.size()}},
                     [&](absl::StatusOr<GuardResult> result) {
                       for (const Release& release : result->releases) {
                         left += ApplyEdits(std::string_view(whole).substr(released, release.end - released),
                                            release.edits, released);
                         released = release.end;
                       }
                       if (result->action < Action::kEscalate) {
                         EXPECT_EQ(result->held_bytes, whole.size() - released);
                       }
                       last_ = *std::move(result);
                     });
      out.push_back(left);
    }
    return out;
  }

  testing::FakeClock clock_;
  CountingProbe probe_;
  FakePort port_;
  ChainOptions chain_;
  std::optional<BundleSource> bundles_;
  std::optional<Engine> engine_;
  std::optional<OpenResult> opened_;
  GuardResult last_;
};

TEST_F(ModerationTest, ARequestIsJudgedAsItWouldLeave) {
  const OpenResult result = Open({{"be nice", SegmentKind::kText, Role::kSystem, ""},
                                  {"mail bob@example.com", SegmentKind::kText, Role::kUser, ""}});
  EXPECT_EQ(result.decision.action, Action::kRedact);
  EXPECT_THAT(port_.asked, ElementsAre("mail [EMAIL]"));
  EXPECT_EQ(port_.deadlines[0], clock_.Monotonic() + std::chrono::seconds(2));
}

TEST_F(ModerationTest, ACategoryOverItsThresholdBlocks) {
  const OpenResult result = OpenUser("EVIL");
  EXPECT_EQ(result.decision.action, Action::kBlock);
  EXPECT_EQ(result.exchange, nullptr);
  EXPECT_EQ(result.decision.policy, "external-moderation");
  EXPECT_EQ(result.decision.reason_code, "moderation.flagged");
  EXPECT_EQ(result.decision.message, "Request blocked by policy external-moderation (self_harm).");
  ASSERT_EQ(result.decision.findings.size(), 1u);
  EXPECT_EQ(result.decision.findings[0].rule, "self_harm");
  EXPECT_DOUBLE_EQ(result.decision.findings[0].score, 0.9);
  EXPECT_THAT(probe_.actions, ElementsAre(Action::kBlock));
}

TEST_F(ModerationTest, ABlockOfPatternsSavesTheCall) {
  EXPECT_EQ(OpenUser("how to make a bomb").decision.policy, "safety-filter");
  EXPECT_THAT(port_.asked, IsEmpty());
}

TEST_F(ModerationTest, ThresholdsCategoriesAndMapsDecide) {
  options().thresholds = {{"privacy", 0.15}};
  options().categories = {"privacy", "own"};
  options().category_map = {{"selfharm", "own"}};
  options().action = OnDetect::kAllow;
  const OpenResult result = OpenUser("EVIL");
  EXPECT_EQ(result.decision.action, Action::kAllow);
  ASSERT_EQ(result.decision.findings.size(), 2u);
  EXPECT_EQ(result.decision.findings[0].rule, "own");
  EXPECT_EQ(result.decision.findings[1].rule, "privacy");
}

TEST_F(ModerationTest, ConditionsRolesExceptionsAndObserversHold) {
  options().control.roles = {"tool"};
  options().control.exceptions = {{"known", "2099-12-31", {"self_harm"}, {"EVIL twin"}, {}, {}}};
  const OpenResult result = Open({{"EVIL user", SegmentKind::kText, Role::kUser, ""},
                                  {"EVIL twin", SegmentKind::kText, Role::kTool, ""}});
  EXPECT_EQ(result.decision.action, Action::kAllow);
  EXPECT_THAT(port_.asked, ElementsAre("EVIL twin"));
  EXPECT_THAT(result.decision.findings.at(0).reason, HasSubstr("excepted until 2099-12-31: known"));

  engine_.reset();
  options().control = {};
  options().control.stream = StreamMode::kBuffer;
  options().control.mode = PolicyMode::kObserve;
  options().control.when.models = {"large-*"};
  port_.asked.clear();
  EXPECT_EQ(OpenUser("EVIL").decision.findings.size(), 0u);
  EXPECT_THAT(port_.asked, IsEmpty());
  OpenRequest request;
  request.model = "large-1";
  request.input = {{"EVIL", SegmentKind::kText, Role::kUser, ""}};
  engine().Open(request, [](absl::StatusOr<OpenResult> opened) {
    EXPECT_EQ(opened->decision.action, Action::kAllow);
    EXPECT_TRUE(opened->decision.findings.at(0).observed);
  });
  EXPECT_THAT(probe_.observed, ElementsAre(Action::kBlock));
}

TEST_F(ModerationTest, AFailureFollowsTheFailMode) {
  port_.failure = absl::DeadlineExceededError("late");
  const OpenResult refused = OpenUser("hello");
  EXPECT_EQ(refused.decision.action, Action::kBlock);
  EXPECT_EQ(refused.decision.reason_code, "policy.timeout");
  EXPECT_EQ(refused.decision.findings.at(0).rule, "timeout");

  engine_.reset();
  options().control.fail_mode = FailMode::kAllow;
  port_.failure = absl::UnavailableError("status 500");
  const OpenResult passed = OpenUser("hello");
  EXPECT_EQ(passed.decision.action, Action::kAllow);
  EXPECT_EQ(passed.decision.findings.at(0).rule, "failure");
  EXPECT_EQ(passed.decision.required_bytes - passed.decision.scanned_bytes, 5u);
  EXPECT_THAT(probe_.failures, ElementsAre(true, false));
}

TEST_F(ModerationTest, LongTextsAreJudgedInParts) {
  options().service.max_text_bytes = 100;
  const std::string text = std::string(99, 'a') + "\u00e9" + std::string(99, 'b');
  EXPECT_EQ(OpenUser(text).decision.action, Action::kAllow);
  EXPECT_THAT(port_.asked, ElementsAre(std::string(99, 'a'), "\u00e9" + std::string(98, 'b'), "b"));
}

TEST_F(ModerationTest, WholeAnswersAreJudged) {
  auto exchange = Exchanged();
  std::optional<Decision> decision;
  const std::vector<Segment> answer = {{"EVIL to bob@example.com", SegmentKind::kText, Role::kAssistant, ""},
                                       {"stop", SegmentKind::kText, Role::kAssistant, ""}};
  port_.later = true;
  exchange->CheckOutput(answer, [&](absl::StatusOr<Decision> got) { decision = *std::move(got); });
  EXPECT_FALSE(decision.has_value());
  port_.Answer();
  ASSERT_TRUE(decision.has_value());
  EXPECT_THAT(port_.asked, ElementsAre("EVIL to [EMAIL]"));
  EXPECT_EQ(decision->action, Action::kBlock);
  EXPECT_EQ(decision->message, "Response blocked by policy external-moderation (self_harm).");
}

TEST_F(ModerationTest, NothingComesAfterTheExchangeIsGone) {
  auto exchange = Exchanged();
  port_.later = true;
  bool called = false;
  exchange->CheckOutput({{"text", SegmentKind::kText, Role::kAssistant, ""}},
                        [&](absl::StatusOr<Decision>) { called = true; });
  exchange.reset();
  port_.Answer();
  EXPECT_FALSE(called);
}

TEST_F(ModerationTest, ABufferedStreamLeavesWhenItIsJudged) {
  EXPECT_THAT(Stream(*Exchanged(), {"One. Mail ", "bob@example.com", " now. End"}),
              ElementsAre("", "", "One. Mail [EMAIL] now. End"));
  EXPECT_THAT(port_.asked, ElementsAre("One. Mail [EMAIL] now. End"));
  EXPECT_THAT(Stream(*Exchanged(), {"One. ", "EVIL. ", "End"}), ElementsAre("", "", ""));
  EXPECT_EQ(last_.action, Action::kBlock);
  EXPECT_EQ(last_.policy, "external-moderation");
}

TEST_F(ModerationTest, AStreamBySentencesLeavesSentenceBySentence) {
  options().control.stream = StreamMode::kSentence;
  EXPECT_THAT(Stream(*Exchanged(), {"One. Mail ", "bob@example.com now", ". End. ", "EVIL deeds. ", "More"}),
              ElementsAre("One. ", "", "Mail [EMAIL] now. End. ", "", ""));
  EXPECT_THAT(port_.asked, ElementsAre("One. ", "Mail [EMAIL] now. End. ", "EVIL deeds. "));
  EXPECT_EQ(last_.action, Action::kBlock);
}

TEST_F(ModerationTest, AnObservedStreamIsNotHeldBack) {
  options().control.stream = StreamMode::kObserve;
  EXPECT_THAT(Stream(*Exchanged(), {"EVIL one. ", "End"}), ElementsAre("EVIL one. ", "End"));
  EXPECT_THAT(port_.asked, ElementsAre("EVIL one. End"));
  EXPECT_EQ(last_.action, Action::kAllow);
  EXPECT_TRUE(last_.findings.at(0).observed);
}

TEST_F(ModerationTest, AConcurrentVerdictHoldsTheAnswerBack) {
  options().concurrent = true;
  options().apply_to = ApplyTo::kInput;
  port_.later = true;
  OpenResult evil = OpenUser("EVIL");
  EXPECT_EQ(evil.decision.action, Action::kAllow);
  ASSERT_NE(evil.exchange, nullptr);
  std::optional<GuardResult> guarded;
  evil.exchange->Guard({{0, SegmentKind::kText, "Sure", true}},
                       [&](absl::StatusOr<GuardResult> result) { guarded = *std::move(result); });
  EXPECT_FALSE(guarded.has_value());
  port_.Answer();
  ASSERT_TRUE(guarded.has_value());
  EXPECT_EQ(guarded->action, Action::kBlock);
  EXPECT_THAT(guarded->releases, IsEmpty());
  EXPECT_THAT(guarded->findings.at(0).reason, HasSubstr("of the request"));

  OpenResult good = OpenUser("good");
  port_.Answer();
  std::optional<Decision> decision;
  good.exchange->CheckOutput({{"Sure", SegmentKind::kText, Role::kAssistant, ""}},
                             [&](absl::StatusOr<Decision> got) { decision = *std::move(got); });
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision->action, Action::kAllow);
}

TEST_F(ModerationTest, WithoutAnAnswerToComeNothingIsConcurrent) {
  options().concurrent = true;
  OpenRequest request;
  request.only_input = true;
  request.input = {{"EVIL", SegmentKind::kText, Role::kUser, ""}};
  engine().Open(
      request, [](absl::StatusOr<OpenResult> opened) { EXPECT_EQ(opened->decision.action, Action::kBlock); });
}

TEST_F(ModerationTest, BadOptionsAreRefused) {
  const auto problem = [this](std::function<void(ExternalModerationOptions&)> spoil) {
    ChainOptions chain = chain_;
    spoil(chain.external_moderation);
    const auto bundle = Bundle::Compile(chain);
    return bundle.ok() ? std::string("none") : std::string(base::Message(bundle.status()));
  };
  EXPECT_EQ(problem([](auto&) {}), "none");
  EXPECT_THAT(problem([](auto& o) { o.control.stream = StreamMode::kExact; }), HasSubstr("stream: exact"));
  EXPECT_THAT(problem([](auto& o) { o.action = OnDetect::kRedact; }), HasSubstr("action: redact"));
  EXPECT_THAT(problem([](auto& o) { o.service.provider = ModerationProvider::kWebhook; }),
              HasSubstr("endpoint: is needed"));
  EXPECT_THAT(problem([](auto& o) {
                o.service.provider = ModerationProvider::kGuardModel;
                o.service.endpoint = "http://guard/v1/chat/completions";
              }),
              HasSubstr("model: is needed"));
  EXPECT_THAT(problem([](auto& o) { o.categories = {"hatred"}; }), HasSubstr("\"hatred\" is no category"));
}

TEST(ModerationCategoriesTest, ServicesShareTheTaxonomy) {
  EXPECT_EQ(CategoryOf(ModerationProvider::kMistral, "selfharm"), "self_harm");
  EXPECT_EQ(CategoryOf(ModerationProvider::kOpenAi, "self-harm/intent"), "self_harm");
  EXPECT_EQ(CategoryOf(ModerationProvider::kGuardModel, "S11"), "self_harm");
  EXPECT_EQ(CategoryOf(ModerationProvider::kPresidio, "PERSON"), "person");
  EXPECT_EQ(CategoryOf(ModerationProvider::kWebhook, "what\never"), "what_ever");
}

TEST(VerdictCacheTest, IsBoundedAndForgets) {
  testing::FakeClock clock;
  VerdictCache cache(clock, "secret");
  const ModerationService service;
  const auto put = [&](std::string_view text) {
    cache.Put(cache.KeyOf(service, text), {{text.data(), 1}}, 2);
  };
  const auto has = [&](std::string_view text) {
    return cache.Find(cache.KeyOf(service, text), std::chrono::seconds(60)).has_value();
  };
  put("a");
  put("b");
  EXPECT_TRUE(has("a"));  // now the most recently used
  put("c");
  EXPECT_TRUE(has("a"));
  EXPECT_FALSE(has("b"));
  EXPECT_EQ(cache.size(), 2u);
  clock.Advance(std::chrono::seconds(60));
  EXPECT_FALSE(has("a"));
  ModerationService other;
  other.model = "another";
  EXPECT_NE(cache.KeyOf(service, "a"), cache.KeyOf(other, "a"));
  EXPECT_NE(cache.KeyOf(service, "a"), VerdictCache(clock, "other secret").KeyOf(service, "a"));
}

}  // namespace
}  // namespace portcullis::policy
