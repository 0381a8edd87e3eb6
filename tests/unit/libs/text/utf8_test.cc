#include "libs/text/utf8.h"

#include <gtest/gtest.h>

namespace portcullis::text {
namespace {

TEST(Utf8, RoundTrip) {
  for (const char32_t c : {U'a', U'é', U'€', U'😀', char32_t{0x10FFFF}}) {
    std::string bytes;
    AppendUtf8(c, &bytes);
    const CodePoint got = DecodeUtf8(bytes);
    EXPECT_EQ(got.value, c);
    EXPECT_EQ(got.length, bytes.size());
    EXPECT_EQ(got.status, Utf8Status::kValid);
    if (bytes.size() > 1) {
      EXPECT_EQ(DecodeUtf8(bytes.substr(0, bytes.size() - 1)).status, Utf8Status::kIncomplete);
    }
  }
}

TEST(Utf8, RefusesWhatIsNoCodePoint) {
  for (const char* bytes :
       {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xC3("}) {
    EXPECT_EQ(DecodeUtf8(bytes).status, Utf8Status::kInvalid) << bytes;
  }
}

TEST(Utf8, AsciiPrefix) {
  EXPECT_EQ(AsciiPrefix("0123456789é"), 10u);
  EXPECT_EQ(AsciiPrefix("é"), 0u);
  EXPECT_EQ(AsciiPrefix(""), 0u);
  EXPECT_TRUE(IsAscii("plain"));
  EXPECT_FALSE(IsAscii("plain\xff"));
}

}  // namespace
}  // namespace portcullis::text
