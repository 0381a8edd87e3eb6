#include "libs/json/text.h"

#include <gtest/gtest.h>

namespace portcullis::json {
namespace {

std::string Unescaped(std::string_view raw) {
  std::string out;
  Unescape(raw, &out);
  return out;
}

TEST(UnescapeTest, ReadsEveryEscape) {
  EXPECT_EQ(Unescaped(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(Unescaped(R"(\u0041\u00e9\u20ac\ud83d\ude00)"), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(Unescaped("plain"), "plain");
}

TEST(EscapeTest, UndoneByUnescape) {
  std::string text;
  for (int c = 0; c < 128; ++c) text += static_cast<char>(c);
  text += "\u00e9\U0001F600";
  std::string escaped;
  AppendEscaped(text, &escaped);
  EXPECT_EQ(Unescaped(escaped), text);
  for (unsigned char c : escaped) EXPECT_GE(c, 0x20);
}

TEST(RawOffsetsTest, WidensToWholeEscapes) {
  //                          0123456789...
  const std::string_view raw = R"(a\n\ud83d\ude00b)";  // text: a, LF, 4 bytes of an emoji, b
  RawOffsets down(raw);
  EXPECT_EQ(down.Down(0), 0u);
  EXPECT_EQ(down.Down(1), 1u);
  EXPECT_EQ(down.Down(2), 3u);
  EXPECT_EQ(down.Down(4), 3u);  // within the emoji
  EXPECT_EQ(down.Down(6), 15u);
  RawOffsets up(raw);
  EXPECT_EQ(up.Up(1), 1u);
  EXPECT_EQ(up.Up(2), 3u);
  EXPECT_EQ(up.Up(3), 15u);  // within the emoji
  EXPECT_EQ(up.Up(6), 15u);
  EXPECT_EQ(up.Up(7), 16u);
}

TEST(SanitizeTest, ReplacesOnlyWhatIsInvalid) {
  EXPECT_EQ(SanitizeUtf8("a\u00e9"), "a\u00e9");
  EXPECT_EQ(SanitizeUtf8("a\xff\u00e9\xc3"), "a\uFFFD\u00e9\uFFFD");
}

}  // namespace
}  // namespace portcullis::json
