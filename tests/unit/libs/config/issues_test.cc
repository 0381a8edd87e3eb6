#include "libs/config/issues.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace portcullis::config {
namespace {

Issue Sample() {
  Issue issue;
  issue.code = "E002";
  issue.path = "policy.prompt-injection.treshold";
  issue.file = "policy-config.yaml";
  issue.line = 12;
  issue.column = 5;
  issue.length = 8;
  issue.message = "unknown key \"treshold\" in policy.prompt-injection";
  issue.suggestion = "did you mean \"threshold\"?";
  issue.source = "    treshold: 0.8";
  return issue;
}

TEST(Issues, RendersLikeACompiler) {
  EXPECT_EQ(Render(Sample()),
            "policy-config.yaml:12:5: error: unknown key \"treshold\" in policy.prompt-injection [E002]\n"
            "   12 |     treshold: 0.8\n"
            "      |     ^~~~~~~~\n"
            "      = did you mean \"threshold\"?\n");
}

TEST(Issues, RendersWithoutALine) {
  Issue issue = Sample();
  issue.file = "--listen";
  issue.line = 0;
  issue.source = "";
  issue.suggestion = "";
  EXPECT_EQ(Render(issue), "--listen: error: unknown key \"treshold\" in policy.prompt-injection [E002]\n");
}

TEST(Issues, WindowsLongLinesAroundTheCaret) {
  Issue issue = Sample();
  issue.source = std::string(5000, 'a') + "X" + std::string(5000, 'b');
  issue.column = 5001;
  issue.length = 5000;
  const std::string text = Render(issue);
  EXPECT_LT(text.size(), 600u);
  const size_t bar = text.find(" | ");
  const size_t caret_bar = text.find(" | ", bar + 1);
  EXPECT_EQ(text.find('X') - bar, text.find('^') - caret_bar);  // the caret is below the X
}

TEST(Issues, PlacesTheCaretByCharacters) {
  Issue issue = Sample();
  issue.source = "\xC3\xA9: x";
  issue.column = 4;
  issue.length = 1;
  EXPECT_NE(Render(issue).find("      |    ^\n"), std::string::npos) << Render(issue);
}

TEST(Issues, MasksSecretsAndControlCharactersInSourceLines) {
  Issues issues;
  Issue issue = Sample();
  issue.source = "\tapi_key: hunter2\x1b[2J";
  issues.Add(issue);
  EXPECT_EQ(issues.Text().find("hunter2"), std::string::npos);
  EXPECT_EQ(issues.Text().find('\x1b'), std::string::npos);
  EXPECT_EQ(issues.Text().find('\t'), std::string::npos);
}

TEST(Issues, CountsSortsAndBounds) {
  Issues issues;
  for (int i = 0; i < 300; ++i) {
    Issue issue = Sample();
    issue.line = 300 - i;
    issue.severity = i == 0 ? Severity::kWarning : Severity::kError;
    issues.Add(issue);
  }
  EXPECT_FALSE(issues.ok());
  EXPECT_EQ(issues.count(Severity::kError), 299u);
  EXPECT_EQ(issues.all().size(), Issues::kMaxIssues);
  issues.Sort();
  EXPECT_EQ(issues.all().front().line, 101);
  EXPECT_NE(issues.Text().find("... and 100 more\n299 errors, 1 warning, 0 notes\n"), std::string::npos);
}

TEST(Issues, EmptyIsFine) {
  EXPECT_TRUE(Issues().ok());
  EXPECT_EQ(Issues().Text(), "");
}

TEST(Issues, HasAJsonForm) {
  EXPECT_EQ(
      ToJson(Sample()).dump(),
      R"({"severity":"error","code":"E002","path":"policy.prompt-injection.treshold",)"
      R"("message":"unknown key \"treshold\" in policy.prompt-injection",)"
      R"("suggestion":"did you mean \"threshold\"?","file":"policy-config.yaml","line":12,"column":5})");
}

}  // namespace
}  // namespace portcullis::config
