#include "libs/config/document.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/config/codes.h"

namespace portcullis::config {
namespace {

struct Parsed {
  Issues issues;
  Document document;
};

Parsed Parse(std::string text, const DocumentLimits& limits = {}) {
  Parsed parsed;
  parsed.document = Document::Parse("f.yaml", std::move(text), parsed.issues, limits);
  return parsed;
}

// The only issue of a text: "line:column message".
std::string OnlyIssue(std::string text, const DocumentLimits& limits = {}) {
  const Parsed parsed = Parse(std::move(text), limits);
  if (parsed.issues.all().size() != 1) return "issues: " + std::to_string(parsed.issues.all().size());
  const Issue& issue = parsed.issues.all()[0];
  return std::to_string(issue.line) + ":" + std::to_string(issue.column) + " " + issue.message;
}

TEST(Document, KeepsPositionsOfKeysAndValues) {
  const Parsed parsed = Parse("a: 1\nb:\n  - id: x\n    name: \"y z\"\n");
  ASSERT_TRUE(parsed.issues.ok());
  EXPECT_TRUE(parsed.document.complete());
  EXPECT_EQ(parsed.document.Find("a")->scalar, "1");
  EXPECT_EQ(parsed.document.Find("b[0].name")->scalar, "y z");
  EXPECT_TRUE(parsed.document.Find("b[0].name")->quoted);
  const Position key = parsed.document.Locate("b[0].name");
  EXPECT_EQ(key.line, 4);
  EXPECT_EQ(key.column, 5);
  const Position value = parsed.document.LocateValue("b[0].name");
  EXPECT_EQ(value.column, 11);
  EXPECT_EQ(value.length, 5);
}

TEST(Document, ColumnsCountCharactersNotBytes) {
  const Parsed parsed = Parse("a: {\"\xC3\xA9\xC3\xA9\": \xE2\x98\x83\xE2\x98\x83, b: 1}\n");
  EXPECT_EQ(parsed.document.Locate("a.b").column, 15);
  EXPECT_EQ(parsed.document.LocateValue("a.\xC3\xA9\xC3\xA9").length, 2);
}

TEST(Document, LocatesTheNearestAncestorOfWhatIsMissing) {
  const Parsed parsed = Parse("a:\n  b: 1\n");
  EXPECT_EQ(parsed.document.Locate("a.c.d").line, 1);
  EXPECT_EQ(parsed.document.Locate("a.b").line, 2);
  EXPECT_EQ(parsed.document.Locate("z").line, 0);
  EXPECT_EQ(parsed.document.Find("a.c"), nullptr);
  EXPECT_EQ(parsed.document.Find("a[0]"), nullptr);
}

TEST(Document, ReadsByteOrderMarkAndCrLf) {
  const Parsed parsed = Parse(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n");
  ASSERT_TRUE(parsed.issues.ok());
  EXPECT_EQ(parsed.document.Find("b")->scalar, "2");
  EXPECT_EQ(parsed.document.Line(1), "a: 1");
}

TEST(Document, RefusesDuplicateKeysWithBothPlaces) {
  const Parsed parsed = Parse("a: 1\nb: 2\na: 3\n");
  ASSERT_EQ(parsed.issues.all().size(), 1u);
  const Issue& issue = parsed.issues.all()[0];
  EXPECT_EQ(issue.code, code::kDuplicateKey);
  EXPECT_EQ(issue.line, 3);
  EXPECT_NE(issue.suggestion.find("f.yaml:1:1"), std::string::npos) << issue.suggestion;
  EXPECT_EQ(parsed.document.Find("a")->scalar, "1");
}

TEST(Document, RefusesBrokenText) {
  EXPECT_EQ(OnlyIssue("a: \"x\nb: 2\n"), "1:4 this quoted string is never closed");
  EXPECT_EQ(OnlyIssue("a: 'it''s\nb: 2\n"), "1:4 this quoted string is never closed");
  EXPECT_EQ(OnlyIssue("a: \"x\\\"\n"), "1:4 this quoted string is never closed");
  EXPECT_EQ(OnlyIssue("a: [1, {b: 2}\n"), "1:4 this bracket is never closed");
  EXPECT_EQ(OnlyIssue("a:\n\tb: 1\n"), "2:1 a tab indents this line; YAML indents with spaces only");
  EXPECT_EQ(OnlyIssue("a: 1\n  b: 2\n"),
            "2:3 this line is indented deeper than the line above it, which has a value already");
  EXPECT_EQ(OnlyIssue("a: b: c\n"), "1:5 a \":\" cannot stand here");
  EXPECT_EQ(OnlyIssue("a: @x\n"), "1:4 this character cannot begin a value");
  EXPECT_EQ(OnlyIssue("a: *x\n"), "1:4 this alias (*name) has no anchor (&name) before it");
  EXPECT_EQ(OnlyIssue("a: !secret x\n"), "1:4 the tag \"!secret\" has no meaning here");
  EXPECT_EQ(OnlyIssue("? [a]\n: b\n"), "1:3 a key must be plain text");
  EXPECT_EQ(OnlyIssue("a: 1\n---\nb: 2\n"),
            "2:1 a second document begins here; a configuration is one document");
}

TEST(Document, RefusesBinaryAndInvalidUtf8) {
  EXPECT_EQ(OnlyIssue(std::string("a: \0b\n", 6)), "1:4 the file holds a NUL byte");
  EXPECT_EQ(OnlyIssue("a: 1\nb: \xFF\n"), "2:4 the file is not valid UTF-8 here");
  EXPECT_EQ(OnlyIssue("b: \xC0\xAF\n"), "1:4 the file is not valid UTF-8 here");
  EXPECT_EQ(OnlyIssue("b: \xED\xA0\x80\n"), "1:4 the file is not valid UTF-8 here");
  EXPECT_EQ(OnlyIssue("b: \xF4\x90\x80\x80\n"), "1:4 the file is not valid UTF-8 here");
  EXPECT_EQ(OnlyIssue("b: \xE2\x98"), "1:4 the file is not valid UTF-8 here");
}

TEST(Document, BoundsSizeDepthAndKeys) {
  DocumentLimits small;
  small.max_bytes = 10;
  EXPECT_EQ(OnlyIssue("a: 12345678\n", small), "0:0 the file is larger than 10 bytes");
  EXPECT_TRUE(Parse("a: 1\n", small).issues.ok());
  EXPECT_EQ(OnlyIssue(std::string(64, '[') + std::string(64, ']')), "issues: 0");
  EXPECT_EQ(OnlyIssue(std::string(65, '[') + std::string(65, ']')), "1:65 nested deeper than 64 levels");
  DocumentLimits narrow;
  narrow.max_keys = 2;
  EXPECT_EQ(OnlyIssue("a: 1\nb: 1\nc: 1\n", narrow), "3:1 a mapping has at most 2 keys");
}

TEST(Document, DeepNestingNeverOverflowsTheStack) {
  for (const char* open : {"[", "{", "- ", "? ", "a: [", "[{"}) {
    std::string text;
    while (text.size() < 900'000) text += open;
    EXPECT_FALSE(Parse(text).issues.ok()) << open;
  }
}

TEST(Document, ExpandsAliasesAndMergeKeys) {
  const Parsed parsed = Parse("x: &d {a: 1, b: 2}\ny:\n  <<: *d\n  b: 3\nz: *d\n");
  ASSERT_TRUE(parsed.issues.ok()) << parsed.issues.Text();
  EXPECT_EQ(parsed.document.Find("y.a")->scalar, "1");
  EXPECT_EQ(parsed.document.Find("y.b")->scalar, "3");
  EXPECT_EQ(parsed.document.Find("z.b")->scalar, "2");
  EXPECT_EQ(parsed.document.Find("y.<<"), nullptr);
  EXPECT_EQ(OnlyIssue("a:\n  <<: 5\n"), "2:3 the merge key << needs a mapping, or a list of mappings");
}

TEST(Document, BoundsAliases) {
  EXPECT_EQ(OnlyIssue("a: &a [*a]\n"), "1:8 this alias stands inside the value that it repeats");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string name = "a" + std::to_string(i), before = "*a" + std::to_string(i - 1);
    bomb += name + ": &" + name + " [" + before;
    for (int j = 0; j < 9; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_NE(OnlyIssue(bomb).find("too large here, with its aliases expanded"), std::string::npos);
  std::string wide = "a: &a " + std::string(500'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 1000; ++i) wide += ", *a";
  EXPECT_NE(OnlyIssue(wide + "]\n").find("too large here, with its aliases expanded"), std::string::npos);
}

TEST(Document, ReportsAFileThatCannotBeRead) {
  for (const char* file : {"/nonexistent/policy-config.yaml", "/"}) {
    Issues issues;
    const Document document = Document::Load(file, issues);
    ASSERT_EQ(issues.all().size(), 1u);
    EXPECT_EQ(issues.all()[0].code, code::kUnreadable);
    EXPECT_FALSE(document.complete());
  }
}

TEST(Document, OverridesValuesAndNamesTheFlag) {
  Parsed parsed = Parse("gateway:\n  listen: a\nlist: [{x: 1}]\n");
  parsed.document.Override("gateway.listen", {"b", "c"}, true, "--listen");
  parsed.document.Override("gateway.limits.max", {"5"}, false, "--max");
  parsed.document.Override("list[0].x", {"2"}, false, "--x");
  parsed.document.Override("list[9].x", {"2"}, false, "--x");
  EXPECT_EQ(parsed.document.Find("gateway.listen[1]")->scalar, "c");
  EXPECT_EQ(parsed.document.Find("gateway.limits.max")->scalar, "5");
  EXPECT_EQ(parsed.document.Find("list[0].x")->scalar, "2");
  EXPECT_EQ(parsed.document.Place(parsed.document.LocateValue("gateway.limits.max")), "--max");
}

}  // namespace
}  // namespace portcullis::config
