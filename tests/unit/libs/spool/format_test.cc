#include "libs/spool/format.h"

#include <gtest/gtest.h>

#include <string>

namespace portcullis::spool {
namespace {

constexpr std::string_view kId = "0123456789abcdef";

std::string EncodedFrame(uint64_t sequence, std::string_view bytes) {
  std::string out(kFrameHeaderBytes, '\0');
  EncodeFrameHeader(kId, sequence, crypto::Sha256Of("chain"), bytes, out.data());
  return out + std::string(bytes);
}

TEST(FormatTest, AFrameComesBack) {
  const std::string data = EncodedFrame(7, "leaf bytes");
  Frame frame;
  ASSERT_EQ(DecodeFrame(kId, data, &frame), FrameState::kValid);
  EXPECT_EQ(frame.sequence, 7u);
  EXPECT_EQ(frame.bytes, "leaf bytes");
  EXPECT_EQ(frame.chain, crypto::Sha256Of("chain"));
  EXPECT_EQ(frame.size(), data.size());
}

TEST(FormatTest, EveryPrefixOfAFrameIsIncomplete) {
  const std::string data = EncodedFrame(7, "leaf bytes");
  Frame frame;
  for (size_t size = 0; size < data.size(); ++size) {
    EXPECT_EQ(DecodeFrame(kId, std::string_view(data).substr(0, size), &frame), FrameState::kIncomplete)
        << size;
  }
}

TEST(FormatTest, EveryFlippedBitIsNoticed) {
  const std::string data = EncodedFrame(7, "leaf bytes");
  Frame frame;
  for (size_t bit = 0; bit < data.size() * 8; ++bit) {
    std::string bad = data;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(DecodeFrame(kId, bad, &frame), FrameState::kValid) << bit;
  }
}

TEST(FormatTest, AFrameOfAnotherSpoolIsInvalid) {
  Frame frame;
  EXPECT_EQ(DecodeFrame("0123456789abcdee", EncodedFrame(7, "x"), &frame), FrameState::kInvalid);
}

TEST(FormatTest, LengthsBeyondTheLimitAreInvalid) {
  std::string data = EncodedFrame(1, "x");
  const uint32_t length = kMaxLeafBytes + 1;
  data.replace(4, 4, reinterpret_cast<const char*>(&length), 4);
  Frame frame;
  EXPECT_EQ(DecodeFrame(kId, data, &frame), FrameState::kInvalid);
  data.replace(4, 4, std::string(4, '\0'));
  EXPECT_EQ(DecodeFrame(kId, data, &frame), FrameState::kInvalid);
}

TEST(FormatTest, SegmentHeaderComesBackAndEveryFlippedBitIsNoticed) {
  std::string data(kSegmentHeaderBytes, '\0');
  EncodeSegmentHeader(kId, {42, FirstChain(kId)}, data.data());
  const auto header = DecodeSegmentHeader(kId, data);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->first_sequence, 42u);
  EXPECT_EQ(header->chain, FirstChain(kId));
  for (size_t bit = 0; bit < data.size() * 8; ++bit) {
    std::string bad = data;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeSegmentHeader(kId, bad).has_value()) << bit;
  }
  EXPECT_FALSE(DecodeSegmentHeader(kId, std::string_view(data).substr(1)).has_value());
}

TEST(FormatTest, FindsTheNextFrame) {
  EXPECT_EQ(FindFrameStart("PCLFxxPCLFyy"), 6u);
  EXPECT_EQ(FindFrameStart("PPPCLF"), 2u);
  EXPECT_EQ(FindFrameStart("xxPC"), 2u);  // may go on as one
  EXPECT_EQ(FindFrameStart("xxPCx"), std::string_view::npos);
  EXPECT_EQ(FindFrameStart(""), std::string_view::npos);
}

TEST(FormatTest, Ids) {
  EXPECT_TRUE(IsValidId(kId));
  EXPECT_FALSE(IsValidId("0123456789abcdeF"));
  EXPECT_FALSE(IsValidId("0123456789abcde"));
  EXPECT_FALSE(IsValidId("../3456789abcdef"));
}

}  // namespace
}  // namespace portcullis::spool
