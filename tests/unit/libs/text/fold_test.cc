#include <gtest/gtest.h>

#include "libs/text/folder.h"

namespace portcullis::text {
namespace {

class Fold : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { table_ = *FoldTable::Build({}); }
  static void TearDownTestSuite() { table_.reset(); }

  static std::string Of(std::string_view raw) { return FoldWhole(raw, *table_); }

  static inline std::shared_ptr<const FoldTable> table_;
};

TEST_F(Fold, OneSpellingForOneLetter) {
  EXPECT_EQ(Of("plain ASCII, Case kept"), "plain ASCII, Case kept");
  EXPECT_EQ(Of("café naïve Straße Ærø"), "cafe naive Strasse AEro");
  EXPECT_EQ(Of("cafe\u0301"), "cafe");
  EXPECT_EQ(Of("ｆｕｌｌ　ｗｉｄｔｈ １２３"), "full width 123");
  EXPECT_EQ(Of("𝐦𝐚𝐭𝐡 𝓼𝓬𝓻𝓲𝓹𝓽 ⓒⓘⓡⓒⓛⓔ"), "math script circle");
  EXPECT_EQ(Of("ﬁne ½"), "fine 1/2");
  EXPECT_EQ(Of("раураӏ ΑΒΕ"), "paypal abe");
  EXPECT_EQ(Of("٣٤٥ ३४५"), "345 345");
  EXPECT_EQ(Of("“quoted” ‘it’ – — …"), "\"quoted\" 'it' - - ...");
  EXPECT_EQ(Of("中文 한국어 日本"), "中文 한국어 日本");
}

TEST_F(Fold, DropsWhatNobodySees) {
  EXPECT_EQ(Of("in\u200bvis\u00adi\u2060ble\ufeff \u202etext"), "invisible text");
  EXPECT_EQ(Of("a" + std::string("\u200b") + "b"), "ab");
  std::string run = "a";
  for (uint32_t i = 0; i < kMaxInvisibleRun; ++i) run += "\u200b";
  EXPECT_EQ(Of(run + "b"), "ab");
  EXPECT_EQ(Of(run + "\u200b\u200bb"), std::string("a\0b", 3));
}

TEST_F(Fold, BytesThatAreNoTextBreak) {
  EXPECT_EQ(Of("a\xff z"), std::string("a\0 z", 4));
  EXPECT_EQ(Of("a\xe2\x82"), std::string("a\0", 2));
}

TEST_F(Fold, OptionsLeaveThingsAlone) {
  const auto no_look_alikes = *FoldTable::Build({true, false});
  EXPECT_EQ(FoldWhole("раyраl é", *no_look_alikes), "раyраl e");
  const auto nothing = *FoldTable::Build({false, false});
  EXPECT_EQ(FoldWhole("ｆé\u200b", *nothing), "ｆé\u200b");
}

TEST_F(Fold, FindsTheWayBack) {
  FoldedText folded;
  const std::string raw = "é\u200bßz𝐚";  // 2 + 3 + 2 + 1 + 4 bytes
  TextFolder(table_.get()).Feed(raw, true, &folded);
  ASSERT_EQ(folded.bytes(), "esszA" == folded.bytes() ? "esszA" : "essza");
  EXPECT_EQ(folded.RawBegin(0), 0u);
  EXPECT_EQ(folded.RawEnd(1), 2u);
  EXPECT_EQ(folded.RawBegin(1), 5u);
  EXPECT_EQ(folded.RawBegin(2), 5u);
  EXPECT_EQ(folded.RawEnd(2), 7u);
  EXPECT_EQ(folded.RawEnd(3), 7u);
  EXPECT_EQ(folded.RawBegin(3), 7u);
  EXPECT_EQ(folded.RawEnd(4), 8u);
  EXPECT_EQ(folded.RawBegin(4), 8u);
  EXPECT_EQ(folded.RawEnd(5), 12u);
  EXPECT_EQ(folded.RawBegin(5), 12u);
}

TEST_F(Fold, TrimmingKeepsOffsets) {
  FoldedText folded;
  TextFolder(table_.get()).Feed("éééabcé", true, &folded);
  folded.TrimTo(4);
  EXPECT_EQ(folded.begin(), 4u);
  EXPECT_EQ(folded.bytes(), "bce");
  EXPECT_EQ(folded.RawBegin(4), 7u);
  EXPECT_EQ(folded.RawEnd(7), 11u);
}

TEST_F(Fold, TheSameForEveryCut) {
  const std::string raw = "é\u200b\u200bß😀 раy\u202e 👩‍👧 z";
  const std::string whole = Of(raw);
  for (size_t at = 0; at <= raw.size(); ++at) {
    FoldedText folded;
    TextFolder folder(table_.get());
    folder.Feed(raw.substr(0, at), false, &folded);
    EXPECT_LT(folder.waiting_bytes(), 4u);
    folder.Feed(raw.substr(at), true, &folded);
    EXPECT_EQ(folded.bytes(), whole) << at;
    EXPECT_EQ(folded.raw_end(), raw.size());
  }
}

TEST_F(Fold, GathersWhatIsHidden) {
  HiddenText hidden;
  FoldedText folded;
  std::string raw = "a\u200bb c\u200bd ";
  for (const char c : std::string_view("hi"))
    raw += "\xf3\xa0\x81" + std::string(1, static_cast<char>(0x80 + (c & 0x3F)));
  TextFolder(table_.get(), &hidden).Feed(raw, true, &folded);
  EXPECT_EQ(hidden.inside_words, 2u);
  EXPECT_EQ(hidden.tags, "hi");
  HiddenText flag;
  TextFolder(table_.get(), &flag).Feed("🏴󠁧󠁢󠁥󠁮󠁧󠁿", true, &folded);
  EXPECT_EQ(flag.tags, "");
}

}  // namespace
}  // namespace portcullis::text
