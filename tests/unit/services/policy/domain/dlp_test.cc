#include <gtest/gtest.h>

#include "libs/base/strings.h"
#include "policy_harness.h"
#include "services/policy/domain/dlp/dlp_pattern.h"

namespace portcullis::policy {
namespace {

std::string Matched(std::string_view pattern, std::string_view text) {
  const auto parsed = DlpPattern::Parse(pattern);
  if (!parsed.ok()) return std::string(parsed.status().message());
  for (size_t at = 0; at < text.size(); ++at) {
    const MatchResult result = parsed->At({text, true, nullptr}, at);
    if (result.matched()) return std::string(text.substr(at, result.length));
  }
  return "-";
}

TEST(DlpPattern, MatchesTheLongestFromItsStart) {
  EXPECT_EQ(Matched(R"(PRJ-\d{4,6})", "see PRJ-1234567"), "PRJ-123456");
  EXPECT_EQ(Matched(R"(\bPRJ-\d{4,6}\b)", "see PRJ-1234567"), "-");
  EXPECT_EQ(Matched(R"(\bPRJ-\d{4,6}\b)", "XPRJ-1234 PRJ-12345."), "PRJ-12345");
  EXPECT_EQ(Matched("(?i)acme (corp|corporation)", "ACME Corporation"), "ACME Corporation");
  EXPECT_EQ(Matched("acme", "ACME"), "-");
  EXPECT_EQ(Matched("a(bc)*d", "xabcbcd"), "abcbcd");
  EXPECT_EQ(Matched("ab?c+", "acccd"), "accc");
  EXPECT_EQ(Matched("(ab|abcd)(x|dx)?", "abcdx"), "abcdx");
  EXPECT_EQ(Matched("[^a-c ]{3}", "ab def"), "def");
  EXPECT_EQ(Matched(R"([\]\-a]{3})", "-a]"), "-a]");
  EXPECT_EQ(Matched(R"(\x41\.\$)", "A.$"), "A.$");
  EXPECT_EQ(Matched("x{2}y{0,2}z{1,}", "xxyyzz"), "xxyyzz");
  EXPECT_EQ(Matched("a.*z", "a\nz a--z"), "a--z");
  EXPECT_EQ(Matched("gr(ü|ue)n", "grün"), "grün");
  EXPECT_EQ(Matched("ab.*", "ab" + std::string(400, 'x')).size(), kMaxDlpLength);
  EXPECT_EQ(Matched("a[^b]+", std::string("a\0cc", 4)), "-");
}

TEST(DlpPattern, SaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> kBad[] = {
      {"(a)\\1", "references to groups need backtracking (at character 6)"},
      {"(?=ab)c", "look-around needs backtracking"},
      {"^abc", "are not known in a stream"},
      {"abc$", "are not known in a stream"},
      {"ab(c", "a \"(\" without its \")\" (at character 5)"},
      {"ab)c", "a \")\" without its \"(\" (at character 3)"},
      {"ab[c", "a \"[\" without its \"]\""},
      {"*ab", "nothing stands before this repeat"},
      {"ab*?", "a repeat of a repeat"},
      {"ab{3,2}", "a repeat is {n}"},
      {"a{300}", "a repeat is {n}"},
      {"[z-a]b", "no order"},
      {"ab\\", "at the end"},
      {"ab\\q", "not understood"},
      {"a*", "fewer than 2"},
      {"a", "fewer than 2"},
      {"((a{100}){3})", "too large"},
      {"", "empty"},
  };
  for (const auto& [pattern, problem] : kBad) {
    const auto parsed = DlpPattern::Parse(pattern);
    ASSERT_FALSE(parsed.ok()) << pattern;
    EXPECT_NE(parsed.status().message().find(problem), std::string::npos) << pattern << ": " << parsed.status();
    EXPECT_FALSE(DlpPatternProblem(pattern).empty());
  }
  EXPECT_EQ(DlpPatternProblem("ab"), "");
}

ChainOptions Chain() {
  ChainOptions options;
  options.chain = {"dlp-filter"};
  options.dlp_filter.blocked_terms = {"Project Nightingale", "Müller-Akte"};
  options.dlp_filter.detect_patterns = {R"(\bPRJ-\d{4,6}\b)", "(?i)budget 20[0-9]{2}"};
  return options;
}

TEST(Dlp, RedactsTermsAndPatternsInBothDirections) {
  Harness harness(Chain());
  constexpr std::string_view kText = "project  NIGHTINGALE, PRJ-12345, the Budget 2027 and die müller-akte; PRJ-123";
  constexpr std::string_view kRedacted = "[REDACTED], [REDACTED], the [REDACTED] and die [REDACTED]; PRJ-123";
  const Decision decision = harness.CheckInput(kText);
  EXPECT_EQ(ApplyEdits(kText, decision.edits), kRedacted);
  EXPECT_EQ(harness.RedactOutput(kText), kRedacted);
  EXPECT_EQ(harness.Stream(kText, {1, 9, 11, 23, 26, 30, 33, 50, 60}).released, kRedacted);
  ASSERT_EQ(decision.findings.size(), 4u);
  EXPECT_EQ(decision.findings[0].rule, "blocked_terms[0]");
  EXPECT_EQ(decision.findings[1].rule, "detect_patterns[0]");
  for (const Finding& finding : decision.findings) EXPECT_EQ(finding.reason.find("ightingale"), std::string::npos);
  EXPECT_EQ(harness.RedactOutput(R"({"a":"PRJ-1234"})", SegmentKind::kJson), R"({"a":"[REDACTED]"})");
}

TEST(Dlp, BlocksWithoutSayingTheTerm) {
  ChainOptions options = Chain();
  options.dlp_filter.action = OnDetect::kBlock;
  const Decision decision = Harness(options).CheckInput("about project nightingale");
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.reason_code, "dlp.detected");
  EXPECT_EQ(decision.message.find("nightingale"), std::string::npos);
}

TEST(Dlp, FindsTermsWithWrongLetters) {
  ChainOptions options = Chain();
  options.dlp_filter.fuzzy_matching = true;
  options.dlp_filter.max_distance = 2;
  Harness harness(options);
  for (const char* text : {"projct nightingale", "Project Nightingael", "projekt nihtingale", "Projject Nightingale"})
    EXPECT_EQ(harness.CheckInput(text).action, Action::kRedact) << text;
  for (const char* text : {"project night", "prject nghtngl", "product nightmare"})
    EXPECT_EQ(harness.CheckInput(text).action, Action::kAllow) << text;
  const std::string text = "x projct nightingael y PRJ-1234";
  for (size_t cut = 1; cut < text.size(); ++cut)
    EXPECT_EQ(harness.Stream(text, {cut}).released, "x [REDACTED] y [REDACTED]") << cut;
  options.dlp_filter.fuzzy_matching = false;
  EXPECT_EQ(Harness(options).CheckInput("projct nightingale").action, Action::kAllow);
}

TEST(Dlp, KnowsTheMarkingsOfDocuments) {
  ChainOptions options;
  options.chain = {"dlp-filter"};
  const auto action = [&](Sensitivity level, const char* text) {
    options.dlp_filter.sensitivity_level = level;
    return Harness(options).CheckInput(text).action;
  };
  EXPECT_EQ(action(Sensitivity::kStandard, "STRICTLY CONFIDENTIAL"), Action::kAllow);
  EXPECT_EQ(action(Sensitivity::kHigh, "STRICTLY CONFIDENTIAL"), Action::kRedact);
  EXPECT_EQ(action(Sensitivity::kHigh, "Confidential"), Action::kAllow);
  EXPECT_EQ(action(Sensitivity::kRestricted, "Confidential"), Action::kRedact);
  EXPECT_EQ(action(Sensitivity::kRestricted, "TLP:RED"), Action::kRedact);
}

TEST(Dlp, BadTermsAndPatternsNameTheirPlace) {
  ChainOptions options = Chain();
  options.dlp_filter.detect_patterns.push_back("(a)\\1");
  auto bundle = Bundle::Compile(options);
  ASSERT_FALSE(bundle.ok());
  EXPECT_EQ(bundle.status().message().substr(0, 32), "dlp-filter: detect_patterns[2]: ");
  options = Chain();
  options.dlp_filter.blocked_terms.push_back("---");
  bundle = Bundle::Compile(options);
  ASSERT_FALSE(bundle.ok());
  EXPECT_EQ(bundle.status().message().substr(0, 30), "dlp-filter: blocked_terms[2]: ");
}

TEST(Dlp, AThousandPatternsAndTerms) {
  ChainOptions options;
  options.chain = {"dlp-filter"};
  for (int i = 0; i < 1000; ++i)
    options.dlp_filter.detect_patterns.push_back(base::StrCat("K", i, "-[A-Z]{2}[0-9]{3,5}"));
  for (int i = 0; i < 200; ++i) options.dlp_filter.blocked_terms.push_back(base::StrCat("codeword", i));
  Harness harness(options);
  const std::string text = "K7-AB123 and K999-XY12345 and codeword42 and K1000-AB123";
  EXPECT_EQ(harness.RedactOutput(text), "[REDACTED] and [REDACTED] and [REDACTED] and K1000-AB123");
  EXPECT_EQ(harness.Stream(text, {2, 5, 16, 31, 36}).released,
            "[REDACTED] and [REDACTED] and [REDACTED] and K1000-AB123");
}

}  // namespace
}  // namespace portcullis::policy
