#include <gtest/gtest.h>

#include "libs/base/strings.h"
#include "policy_harness.h"
#include "services/policy/domain/quality/json_form.h"
#include "services/policy/domain/quality/quality_text.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kGood =
    "The Rhine is about 1230 kilometres long. It rises in the Swiss Alps and flows into the North Sea. Many "
    "towns lie "
    "on its banks, and ships have carried goods on it since Roman times.";

ChainOptions Chain() {
  ChainOptions options;
  options.chain = {"quality-scorer"};
  return options;
}

Decision Answer(const ChainOptions& options, std::string_view answer,
                std::string_view request = "How long is it?") {
  Harness harness(options);
  auto opened = harness.Open({{request, SegmentKind::kText, Role::kUser, "messages[0].content"}});
  Decision out;
  opened->exchange->CheckOutput({{answer, SegmentKind::kText, Role::kAssistant, "choices[0]"}},
                                [&](absl::StatusOr<Decision> decision) { out = *std::move(decision); });
  return out;
}

double Score(std::string_view answer, std::string_view request = "How long is it?") {
  const Decision decision = Answer(Chain(), answer, request);
  return decision.findings.empty() ? -1 : decision.findings[0].score;
}

TEST(Quality, TellsGoodFromBad) {
  EXPECT_DOUBLE_EQ(Score(kGood), 1);
  std::string again;
  for (int i = 0; i < 30; ++i) again += "It is very nice and it is good. ";
  for (const std::string& bad :
       {again, std::string("I'm sorry, but I cannot help with that request."),
        std::string("```cpp\nint main() {"), std::string("Dear [your name], lorem ipsum"),
        std::string("Tut mir leid, das kann ich leider nicht tun.")}) {
    EXPECT_LT(Score(bad), 0.95) << bad;
  }
  EXPECT_LT(Score(again), 0.85);
}

TEST(Quality, TheScoreIsAFindingThatHoldsNoText) {
  const Decision decision = Answer(Chain(), "I cannot help with that secret request.");
  ASSERT_EQ(decision.findings.size(), 1u);
  EXPECT_EQ(decision.findings[0].policy, "quality-scorer");
  EXPECT_EQ(decision.findings[0].rule, "score");
  EXPECT_EQ(decision.findings[0].action, Action::kAllow);
  EXPECT_EQ(decision.findings[0].reason.find("the answer scores 0."), 0u);
  EXPECT_NE(decision.findings[0].reason.find("refusal 0.00"), std::string::npos);
  EXPECT_EQ(decision.findings[0].reason.find("secret"), std::string::npos);
}

TEST(Quality, BlocksBelowTheThreshold) {
  ChainOptions options = Chain();
  options.quality_scorer.action = OnLowQuality::kBlock;
  options.quality_scorer.min_output_chars = 500;
  options.quality_scorer.weights.length = 10;
  const Decision decision = Answer(options, kGood.substr(0, 40));
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.policy, "quality-scorer");
  EXPECT_EQ(decision.reason_code, "quality.below_threshold");
  options.quality_scorer.min_output_chars = 100;
  EXPECT_EQ(Answer(options, kGood).action, Action::kAllow);
}

TEST(Quality, TakesTheProvidersReasonForTheEnd) {
  const auto scores = [](std::string_view reason) {
    Decision out;
    Harness(Chain()).NewExchange()->CheckOutput(
        {{kGood, SegmentKind::kText, Role::kAssistant, ""},
         {reason, SegmentKind::kText, Role::kAssistant, ""}},
        [&](absl::StatusOr<Decision> decision) { out = *std::move(decision); });
    std::vector<double> all;
    for (const Finding& finding : out.findings) all.push_back(finding.score);
    return all;
  };
  EXPECT_EQ(scores("stop"), std::vector<double>{1});
  ASSERT_EQ(scores("length").size(), 1u);
  EXPECT_LT(scores("length")[0], 0.9);
}

TEST(Quality, StreamsAreScoredAtTheirEndAndPass) {
  ChainOptions options = Chain();
  options.quality_scorer.action = OnLowQuality::kBlock;
  options.quality_scorer.min_aggregate = 1;
  Harness harness(options);
  const Streamed stream = harness.Stream("I cannot help with that.", {5, 9});
  EXPECT_EQ(stream.released, "I cannot help with that.");
  EXPECT_FALSE(stream.blocked);
  ASSERT_EQ(stream.findings.size(), 1u);
  EXPECT_DOUBLE_EQ(stream.findings[0].score, Score("I cannot help with that.", "x"));
}

TEST(Quality, HoldsAnswersAgainstTheRequest) {
  const std::string request =
      "According to [1] and [2] and https://example.com/a the total was 1299 in 2023; what does it say about "
      "that?";
  EXPECT_DOUBLE_EQ(Score("The total was 1299, as [2] says, see https://example.com/a.", request), 1);
  EXPECT_LT(Score("The total was 1299, as [7] says, see https://made.up/x.", request), 1);
  ChainOptions options = Chain();
  options.quality_scorer.weights.numbers = 5;
  EXPECT_LT(Answer(options, "The total was 1399.", request).findings[0].score, 0.8);
  EXPECT_DOUBLE_EQ(Answer(options, "The total was 1,299.", request).findings[0].score, 1);
}

TEST(Quality, TheLanguageIsThatOfTheRequest) {
  const char* kGerman = "Wie lang ist der Rhein und wo ist die Quelle, die ich auf der Karte nicht finde?";
  const std::string german =
      "Der Rhein ist etwa 1230 Kilometer lang, und die Quelle ist in den Alpen, nicht weit von der Grenze.";
  EXPECT_DOUBLE_EQ(Score(german, kGerman), 1);
  EXPECT_LT(Score(kGood, kGerman), 1);
}

TEST(Quality, KnowsLanguages) {
  const std::pair<const char*, const char*> kTexts[] = {
      {"en", "The cat sat on the mat and it was not happy with that."},
      {"de", "Die Katze ist auf dem Dach und wird nicht von der Leiter gehen."},
      {"fr", "Le chat est sur les toits et il ne veut pas descendre avec nous."},
      {"es", "El gato está en el tejado y no quiere bajar por la escalera de los vecinos."},
      {"it", "Il gatto è sul tetto e non vuole scendere per la scala della casa."},
      {"pt", "O gato não quer descer do telhado com uma escada para os vizinhos."},
      {"nl", "De kat is op het dak en wil niet met een ladder naar de grond."},
      {"ru", "Кошка сидит на крыше и не хочет спускаться."},
      {"ja", "猫は屋根の上にいて、降りたくないです。"},
      {"zh", "猫在屋顶上不想下来。"},
      {"ko", "고양이가 지붕 위에 있습니다."},
      {"ar", "القط على السطح ولا يريد النزول."},
      {"", "12345 67890"},
      {"", ""},
  };
  for (const auto& [language, text] : kTexts) EXPECT_EQ(LanguageOf(text), language) << text;
}

TEST(Quality, CountsSentencesAndWords) {
  EXPECT_EQ(CountSentences("One. Two! Three? And version 1.5 too"), 4u);
  EXPECT_EQ(CountSentences("..."), 0u);
  EXPECT_EQ(CountWords("It's two-fold, ja"), 5u);
  EXPECT_EQ(CountCodePoints("äö€"), 3u);
  EXPECT_DOUBLE_EQ(WholenessOf("```\ncode\n```"), 1);
  EXPECT_DOUBLE_EQ(WholenessOf("```\ncode"), 0);
  const std::string cut = std::string(kGood) + " And then the river, which is";
  EXPECT_LT(WholenessOf(cut), 0.5);
}

QualityAssertion Assert(const std::string& type, const std::string& value = "") {
  QualityAssertion assertion;
  assertion.type = type;
  assertion.value = value;
  return assertion;
}

double WithAssertion(const QualityAssertion& assertion, std::string_view answer) {
  ChainOptions options = Chain();
  options.quality_scorer.weights = {0, 0, 0, 0, 0, 0, 0, 0};
  options.quality_scorer.assertions = {assertion};
  return Answer(options, answer).findings[0].score;
}

TEST(Quality, Assertions) {
  const std::tuple<QualityAssertion, const char*, double> kCases[] = {
      {Assert("contains", "Rhine"), "the Rhine", 1},
      {Assert("contains", "Rhine"), "the rhine", 0},
      {Assert("starts-with", "the"), " the end", 1},
      {Assert("ends-with", "end"), "the end\n", 1},
      {Assert("equals", "yes"), "yes.", 0},
      {Assert("regex", R"(\b\d{4}\b)"), "in 1999", 1},
      {Assert("is-json"), R"({"a":[1,2]})", 1},
      {Assert("is-json"), R"({"a":[1,2]} ok)", 0},
      {Assert("contains-json"), "Here: {\"a\":1} ok", 1},
      {Assert("is-json", R"({"type":"object","required":["a"]})"), R"({"a":1})", 1},
      {Assert("is-json", R"({"type":"object","required":["a"]})"), R"({"b":1})", 0},
      {Assert("max-words", "2"), "one two three", 0},
      {Assert("min-chars", "3"), "äöü", 1},
      {Assert("language", "de"), "Der Hund und die Katze sind nicht auf dem Dach.", 1},
  };
  for (const auto& [assertion, text, score] : kCases) {
    EXPECT_DOUBLE_EQ(WithAssertion(assertion, text), score) << assertion.type << " " << text;
    QualityAssertion negated = assertion;
    negated.negate = true;
    EXPECT_DOUBLE_EQ(WithAssertion(negated, text), 1 - score) << "not " << assertion.type << " " << text;
  }
  QualityAssertion audit = Assert("contains", "x");
  audit.mode = "audit";
  EXPECT_DOUBLE_EQ(WithAssertion(audit, "nothing"), 1);
}

TEST(Quality, CriticalAssertionsFailTheAnswer) {
  ChainOptions options = Chain();
  options.quality_scorer.action = OnLowQuality::kBlock;
  options.quality_scorer.assertions = {Assert("contains", "Danube")};
  EXPECT_EQ(Answer(options, kGood).action, Action::kAllow);
  options.quality_scorer.assertions[0].severity = "critical";
  EXPECT_EQ(Answer(options, kGood).action, Action::kBlock);
}

TEST(Quality, AnEscalationIsOne) {
  ChainOptions options = Chain();
  options.quality_scorer.action = OnLowQuality::kEscalate;
  EXPECT_EQ(Answer(options, kGood).action, Action::kAllow);
  options.quality_scorer.min_output_chars = 1'000'000;
  options.quality_scorer.min_aggregate = 1;
  const Decision held = Answer(options, kGood);
  EXPECT_EQ(held.action, Action::kEscalate);
  EXPECT_EQ(held.message, "Response held for review by policy quality-scorer: its quality is too low.");
}

TEST(Quality, AnObserverScoresAndLetsPass) {
  ChainOptions options = Chain();
  options.quality_scorer.action = OnLowQuality::kBlock;
  options.quality_scorer.min_output_chars = 1'000'000;
  options.quality_scorer.min_aggregate = 1;
  EXPECT_EQ(Answer(options, kGood).action, Action::kBlock);
  options.quality_scorer.control.mode = PolicyMode::kObserve;
  const Decision decision = Answer(options, kGood);
  EXPECT_EQ(decision.action, Action::kAllow);
  ASSERT_EQ(decision.findings.size(), 1u);
  EXPECT_EQ(decision.findings[0].action, Action::kBlock);
  EXPECT_TRUE(decision.findings[0].observed);
}

TEST(Quality, HasLowAnswersAskedForAgain) {
  ChainOptions options = Chain();
  options.quality_scorer.action = OnLowQuality::kFallback;
  options.quality_scorer.max_retries = 2;
  options.quality_scorer.after_retries = OnDetect::kBlock;
  options.quality_scorer.min_output_chars = 1'000;
  options.quality_scorer.min_aggregate = 1;
  Harness harness(options);
  auto exchange = harness.NewExchange();
  const auto check = [&] {
    Decision checked;
    exchange->CheckOutput({{kGood, SegmentKind::kText, Role::kAssistant, ""}},
                          [&](absl::StatusOr<Decision> decision) { checked = *std::move(decision); });
    return checked;
  };
  EXPECT_EQ(check().action, Action::kBlock);  // nobody said that it can
  exchange->SetCanAskAgain(true);
  for (int i = 0; i < 2; ++i) {
    const Decision again = check();
    EXPECT_EQ(again.again, Again::kOtherTarget);
    EXPECT_EQ(again.action, Action::kAllow);
    ASSERT_EQ(again.findings.size(), 1u);
    EXPECT_LT(again.findings[0].score, 1);
  }
  const Decision last = check();
  EXPECT_EQ(last.again, Again::kNo);
  EXPECT_EQ(last.action, Action::kBlock);

  options.quality_scorer.action = OnLowQuality::kRetry;
  options.quality_scorer.control.mode = PolicyMode::kObserve;
  Harness observing(options);
  exchange = observing.NewExchange();
  exchange->SetCanAskAgain(true);
  EXPECT_EQ(check().again, Again::kNo);
}

TEST(Quality, ScoresWhatItsConditionNames) {
  ChainOptions options = Chain();
  options.quality_scorer.control.when.targets = {"small-*"};
  Harness harness(options);
  const auto findings = [&](std::string_view target) {
    auto exchange = harness.NewExchange();
    exchange->SetTarget(target);
    size_t count = 0;
    exchange->CheckOutput({{kGood, SegmentKind::kText, Role::kAssistant, ""}},
                          [&](absl::StatusOr<Decision> decision) { count = decision->findings.size(); });
    return count;
  };
  EXPECT_EQ(findings("small-1"), 1u);
  EXPECT_EQ(findings("large-1"), 0u);
}

TEST(Quality, BadAssertionsNameTheirPlace) {
  for (const auto& bad :
       {Assert("contains"), Assert("min-chars", "many"), Assert("regex", "(a"), Assert("is-json", "{"),
        Assert("is-json", R"({"type":7})"), Assert("is-json", R"({"properties":{"a":{"pattern":"(a+)+"}}})"),
        Assert("llm-rubric", "x")}) {
    ChainOptions options = Chain();
    options.quality_scorer.assertions = {Assert("contains", "x"), bad};
    const auto bundle = Bundle::Compile(options);
    ASSERT_FALSE(bundle.ok()) << bad.type;
    EXPECT_NE(bundle.status().message().find("quality-scorer: assertions[1]: "), std::string::npos)
        << bundle.status();
  }
}

TEST(Quality, JsonOfAnyDepthIsRefusedNotFollowed) {
  EXPECT_FALSE(IsJson(std::string(1'000'000, '[')));
  EXPECT_FALSE(IsJson(std::string(300, '[') + std::string(300, ']')));
  EXPECT_TRUE(IsJson(std::string(100, '[') + std::string(100, ']')));
  for (const char* bad :
       {"", "{", "{\"a\":}", "[1,]", "01", "\"\\x\"", "nul", "{'a':1}", "[1] 2", "\"\x80\""})
    EXPECT_FALSE(IsJson(bad)) << bad;
}

TEST(Quality, LongTextsTakeLinearTime) {
  for (const char* unit : {"a", "[1] ", "https://", "1.", "{", "```", "I cannot ", "。", "word word "}) {
    std::string text;
    while (text.size() < 300'000) text += unit;
    EXPECT_GE(Score(text, text), 0) << unit;
  }
}

}  // namespace
}  // namespace portcullis::policy
