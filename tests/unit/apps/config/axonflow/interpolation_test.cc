#include "apps/config/axonflow/interpolation.h"

#include <gtest/gtest.h>

#include "libs/config/document.h"

namespace portcullis::app::axonflow {
namespace {

const config::MapEnvironment kEnvironment({{"A", "one"}, {"B", "x: {y}"}, {"EMPTY", ""}});

// The value of `k` in "k: <text>" afterwards; "absent" when it was taken out, the issues when there are any.
std::string Replaced(const std::string& text) {
  config::Issues issues;
  const auto document = config::Document::Parse("f.yaml", "k: " + text + "\n", issues);
  config::Node root = document.root();
  Interpolate(document, kEnvironment, root, issues);
  if (!issues.all().empty()) return issues.all()[0].message;
  const config::Node* value = root.Find("k");
  return value == nullptr ? "absent" : value->scalar;
}

TEST(Interpolate, ReplacesReferences) {
  EXPECT_EQ(Replaced("${A}"), "one");
  EXPECT_EQ(Replaced("$A"), "one");
  EXPECT_EQ(Replaced("$A-${A}:$A"), "one-one:one");
  EXPECT_EQ(Replaced("${NONE:-two}"), "two");
  EXPECT_EQ(Replaced("${EMPTY:-two}"), "two");
  EXPECT_EQ(Replaced("${A:-two}"), "one");
  EXPECT_EQ(Replaced("\"${NONE:-postgres://u:p@h:1/d}\""), "postgres://u:p@h:1/d");
  EXPECT_EQ(Replaced("costs 5$"), "costs 5$");
  EXPECT_EQ(Replaced("$5"), "$5");
}

TEST(Interpolate, WhatAVariableHoldsIsTextAndNeverStructure) { EXPECT_EQ(Replaced("${B}"), "x: {y}"); }

TEST(Interpolate, TakesOutWhatIsEmpty) {
  EXPECT_EQ(Replaced("${NONE}"), "absent");
  EXPECT_EQ(Replaced("${EMPTY}"), "absent");
  EXPECT_EQ(Replaced("''"), "");  // written so
}

TEST(Interpolate, TellsBrokenReferences) {
  EXPECT_EQ(Replaced("\"${A\""), "this value has a ${ without its }");
  EXPECT_EQ(Replaced("\"${A B}\""), "this value names \"A B\", which cannot be an environment variable");
  EXPECT_EQ(Replaced("\"${}\""), "this value names \"\", which cannot be an environment variable");
}

TEST(OnlyVariable, IsTheVariableOfASingleReference) {
  EXPECT_EQ(OnlyVariable("${A}", kEnvironment), "A");
  EXPECT_EQ(OnlyVariable("$A", kEnvironment), "A");
  EXPECT_EQ(OnlyVariable("${NONE}", kEnvironment), "NONE");
  EXPECT_EQ(OnlyVariable("${A:-key}", kEnvironment), "A");
  EXPECT_EQ(OnlyVariable("${NONE:-key}", kEnvironment), "");
  EXPECT_EQ(OnlyVariable("x${A}", kEnvironment), "");
  EXPECT_EQ(OnlyVariable("${A}x", kEnvironment), "");
  EXPECT_EQ(OnlyVariable("key", kEnvironment), "");
  EXPECT_EQ(OnlyVariable("", kEnvironment), "");
}

}  // namespace
}  // namespace portcullis::app::axonflow
