#include "libs/text/json_folder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace portcullis::text {
namespace {

class Json : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { table_ = *FoldTable::Build({}); }
  static void TearDownTestSuite() { table_.reset(); }

  // Hard breaks shown as "|".
  static std::string Show(const FoldedText& folded) {
    std::string out(folded.bytes());
    std::replace(out.begin(), out.end(), kHardBreak, '|');
    return out;
  }
  static std::string Of(std::string_view raw) {
    FoldedText folded;
    JsonFolder(table_.get()).Feed(raw, true, &folded);
    return Show(folded);
  }

  static inline std::shared_ptr<const FoldTable> table_;
};

TEST_F(Json, StringsAreUnescaped) {
  EXPECT_EQ(Of(R"("a\"b\\c\/\n\t\u0041\u00e9")"), "|a\"b\\c/\n\tAe|");
  EXPECT_EQ(Of(R"("\ud835\udc1a!")"), "|a!|");
  EXPECT_EQ(Of(R"("\ud835x")"), "||x|");
  EXPECT_EQ(Of(R"("\x\u12")"), "|\\x\\u12|");
  EXPECT_EQ(Of("\"é\u200bz\""), "|ez|");
}

TEST_F(Json, StructureBreaks) {
  EXPECT_EQ(Of(R"({"a":[1,-2.5e+3,true]})"), "||a|||1|-2.5||3|true||");
  EXPECT_EQ(Of("no json"), "no json");
}

TEST_F(Json, KnowsNumbersAndTheWayBack) {
  FoldedText folded;
  JsonFolder(table_.get()).Feed(R"({"k\u0041":12.5,"x":"7"})", true, &folded);
  const auto at = static_cast<uint32_t>(folded.bytes().find("12.5"));
  EXPECT_FALSE(folded.InNumber(at - 1));
  EXPECT_TRUE(folded.InNumber(at));
  EXPECT_TRUE(folded.InNumber(at + 3));
  EXPECT_FALSE(folded.InNumber(at + 4));
  EXPECT_FALSE(folded.InNumber(static_cast<uint32_t>(folded.bytes().find('7'))));
  EXPECT_EQ(folded.RawBegin(at), 11u);
  const auto letter = static_cast<uint32_t>(folded.bytes().find('A'));
  EXPECT_EQ(folded.RawBegin(letter), 3u);
  EXPECT_EQ(folded.RawEnd(letter + 1), 9u);
}

TEST_F(Json, TheSameForEveryCut) {
  const std::string raw = R"({"a\n":"\ud83d\ude00 \u00e9 \ud83d x\\","n":-12.5e3,"u":"é)";
  const std::string whole = Of(raw);
  for (size_t at = 0; at <= raw.size(); ++at) {
    FoldedText folded;
    JsonFolder folder(table_.get());
    folder.Feed(raw.substr(0, at), false, &folded);
    EXPECT_LE(folder.waiting_bytes(), 11u);
    folder.Feed(raw.substr(at), true, &folded);
    EXPECT_EQ(Show(folded), whole) << at;
    EXPECT_EQ(folded.raw_end(), raw.size());
  }
}

}  // namespace
}  // namespace portcullis::text
