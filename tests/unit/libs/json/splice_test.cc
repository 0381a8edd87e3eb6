#include "libs/json/splice.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "libs/json/tape.h"

namespace portcullis::json {
namespace {

// The object `text` after `edit`.
template <typename Edit>
std::string Edited(std::string_view text, Edit edit) {
  Tape tape;
  EXPECT_TRUE(tape.Parse(text).ok()) << text;
  ObjectEdits edits(tape, tape.root());
  edit(tape, edits);
  std::vector<Splice> splices;
  edits.AppendTo(&splices);
  return ApplySplices(text, std::move(splices));
}

TEST(ApplySplices, LeavesTheRestAsItIs) {
  EXPECT_EQ(ApplySplices("abcdef", {{4, 5, "E"}, {1, 3, ""}, {1, 1, "+"}}), "a+dEf");
  EXPECT_EQ(ApplySplices("abc", {}), "abc");
}

TEST(ObjectEdits, RenamesAndReplacesInPlace) {
  const auto edit = [](const Tape& tape, ObjectEdits& edits) {
    edits.Rename(*tape.Find(tape.root(), "a"), "alpha");
    edits.Replace(*tape.Find(tape.root(), "b"), "[2]");
  };
  EXPECT_EQ(Edited(R"({ "a" : 1,  "b":{"x":1} })", edit), R"({ "alpha" : 1,  "b":[2] })");
}

TEST(ObjectEdits, InsertsWithACommaWhereOneIsDue) {
  const auto edit = [](const Tape&, ObjectEdits& edits) {
    edits.Insert("x", "1");
    edits.Insert("y", "{}");
  };
  EXPECT_EQ(Edited(R"({})", edit), R"({"x":1,"y":{}})");
  EXPECT_EQ(Edited(R"({"a":1})", edit), R"({"x":1,"y":{},"a":1})");
}

TEST(ObjectEdits, EverySubsetOfMembersCanBeRemoved) {
  const std::string text = R"({ "a": 1 , "b":[1,2], "c" :"x","d":null })";
  for (int mask = 0; mask < 16; ++mask) {
    for (const bool insert : {false, true}) {
      nlohmann::json expected = nlohmann::json::parse(text);
      const std::string out = Edited(text, [&](const Tape& tape, ObjectEdits& edits) {
        int i = 0;
        for (const Node& member : tape.Children(tape.root())) {
          if ((mask >> i++ & 1) != 0) {
            edits.Remove(member);
            expected.erase(tape.Key(member));
          }
        }
        if (insert) edits.Insert("new", "true");
        if (insert) expected["new"] = true;
      });
      EXPECT_EQ(nlohmann::json::parse(out), expected) << out;
    }
  }
}

}  // namespace
}  // namespace portcullis::json
