#include <gmock/gmock.h>

#include "tests/unit/libs/spool/spool_testing.h"

namespace portcullis::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSubsetOf;

class DamageTest : public SpoolTest {
 protected:
  std::filesystem::path Segment(const std::string& id, uint32_t number = 1) {
    return SegmentPath(root() / id, number);
  }
};

TEST_F(DamageTest, ATailTornAtAnyByteIsCutAndReported) {
  const std::string id = WriteSpool({"first", "second", "third"});
  const std::string whole = ReadFile(Segment(id));
  const size_t last = whole.size() - kFrameHeaderBytes - 5;
  for (size_t size = last; size < whole.size(); ++size) {
    WriteFile(Segment(id), whole.substr(0, size));
    Damage damage;
    EXPECT_THAT(ReadAll(id, &damage), ElementsAre("1:first", "2:second")) << size;
    EXPECT_FALSE(damage.any()) << size;
    const auto handle = Handle::Adopt(root(), id);
    ASSERT_TRUE(handle.ok());
    EXPECT_EQ((*handle)->last_sequence(), 2u);
    EXPECT_EQ((*handle)->cut_bytes(), size - last) << size;
    EXPECT_EQ(std::filesystem::file_size(Segment(id)), last);
  }
}

TEST_F(DamageTest, ATailOfZeroesIsCut) {
  const std::string id = WriteSpool({"first"});
  const std::string whole = ReadFile(Segment(id));
  WriteFile(Segment(id), whole + std::string(4096, '\0'));
  const auto handle = Handle::Adopt(root(), id);
  ASSERT_TRUE(handle.ok());
  EXPECT_EQ((*handle)->cut_bytes(), 4096u);
  EXPECT_EQ(ReadFile(Segment(id)), whole);
}

TEST_F(DamageTest, ASegmentTornInItsHeaderLeavesTheLeavesBeforeIt) {
  WriterOptions options;
  options.segment_bytes = 200;
  const std::string id = WriteSpool({"first", "second", "third"}, options);
  const std::string whole = ReadFile(Segment(id, 2));
  for (size_t size = 0; size < kSegmentHeaderBytes; ++size) {
    WriteFile(Segment(id, 2), whole.substr(0, size));
    const auto handle = Handle::Adopt(root(), id);
    ASSERT_TRUE(handle.ok());
    EXPECT_EQ((*handle)->last_sequence(), 2u) << size;
    EXPECT_EQ((*handle)->cut_bytes(), size);
    EXPECT_THAT(ReadAll(id), ElementsAre("1:first", "2:second"));
  }
}

TEST_F(DamageTest, NoFlippedByteYieldsAWrongLeafAndEachIsNoticed) {
  WriterOptions options;
  options.segment_bytes = 250;
  const std::string id = WriteSpool({"first", "second", "third", "fourth", "fifth"}, options);
  const std::vector<std::string> expected = ReadAll(id);
  ASSERT_EQ(expected.size(), 5u);
  ASSERT_EQ(ListSegments(root() / id).size(), 2u);
  const std::string whole = ReadFile(Segment(id));
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bad = whole;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    WriteFile(Segment(id), bad);
    Damage damage;
    const std::vector<std::string> got = ReadAll(id, &damage);
    EXPECT_THAT(got, IsSubsetOf(expected)) << i;
    EXPECT_GE(got.size(), i < kSegmentHeaderBytes ? 5u : 4u) << i;
    EXPECT_TRUE(damage.any()) << i;
    EXPECT_EQ(damage.missing_leaves, i < kSegmentHeaderBytes ? 0u : 1u) << i;
  }
}

TEST_F(DamageTest, ADamagedLengthInTheLastSegmentHidesNoLaterLeaf) {
  const std::string id = WriteSpool({"first", "second", "third"});
  std::string bad = ReadFile(Segment(id));
  bad[kSegmentHeaderBytes + 5] = 7;  // the first leaf claims to reach far past the end of the file
  WriteFile(Segment(id), bad);
  const auto handle = Handle::Adopt(root(), id);
  ASSERT_TRUE(handle.ok());
  EXPECT_EQ((*handle)->cut_bytes(), 0u);
  EXPECT_THAT(ReadAll(id), ElementsAre("2:second", "3:third"));
}

TEST_F(DamageTest, ARemovedLeafIsNoticed) {
  const std::string id = WriteSpool({"first", "other", "third"});
  std::string data = ReadFile(Segment(id));
  data.erase(kSegmentHeaderBytes + kFrameHeaderBytes + 5, kFrameHeaderBytes + 5);
  WriteFile(Segment(id), data);
  Damage damage;
  EXPECT_THAT(ReadAll(id, &damage), ElementsAre("1:first", "3:third"));
  EXPECT_EQ(damage.missing_leaves, 1u);
}

TEST_F(DamageTest, ALeafWrittenAnewWithAValidCheckBreaksTheChain) {
  const std::string id = WriteSpool({"first", "second"});
  std::string data = ReadFile(Segment(id));
  Frame frame;
  ASSERT_EQ(DecodeFrame(id, std::string_view(data).substr(kSegmentHeaderBytes), &frame), FrameState::kValid);
  const crypto::Digest chain = frame.chain;
  EncodeFrameHeader(id, 1, chain, "FIRST", data.data() + kSegmentHeaderBytes);
  data.replace(kSegmentHeaderBytes + kFrameHeaderBytes, 5, "FIRST");
  WriteFile(Segment(id), data);
  Damage damage;
  EXPECT_THAT(ReadAll(id, &damage), ElementsAre("1:FIRST", "2:second"));
  EXPECT_EQ(damage.broken_links, 1u);
}

TEST_F(DamageTest, ARemovedSegmentIsNoticed) {
  WriterOptions options;
  options.segment_bytes = 150;
  const std::string id = WriteSpool({"first", "second", "third"}, options);
  ASSERT_EQ(ListSegments(root() / id).size(), 3u);
  std::filesystem::remove(Segment(id, 2));
  Damage damage;
  EXPECT_THAT(ReadAll(id, &damage), ElementsAre("1:first", "3:third"));
  EXPECT_EQ(damage.missing_leaves, 1u);
}

TEST_F(DamageTest, ADamagedSpoolIsShippedAsFarAsItGoesAndKeptAside) {
  const std::string id = WriteSpool({"first", "second", "third"});
  std::string bad = ReadFile(Segment(id));
  bad[kSegmentHeaderBytes + kFrameHeaderBytes] = 'F';
  WriteFile(Segment(id), bad);
  Consumer consumer(*Handle::Adopt(root(), id), budget_);
  EXPECT_EQ((*consumer.Next())->bytes, "second");
  consumer.Rewind();  // what was found is counted once
  EXPECT_EQ((*consumer.Next())->bytes, "second");
  EXPECT_EQ((*consumer.Next())->bytes, "third");
  ASSERT_TRUE(consumer.Acknowledge(3).ok());
  EXPECT_EQ(consumer.damage().missing_leaves, 1u);
  EXPECT_TRUE(consumer.finished());
  ASSERT_TRUE(consumer.Remove().ok());
  EXPECT_TRUE(std::filesystem::exists(root() / (id + ".damaged")));
  EXPECT_TRUE(ListSpools(root()).empty());
}

TEST_F(DamageTest, FilesRemovedUnderALiveSpoolAreReported) {
  const auto writer = NewWriter();
  ASSERT_TRUE(writer->Append("a").ok());
  Consumer consumer(writer->handle(), budget_);
  std::filesystem::remove_all(root() / writer->id());
  EXPECT_EQ(consumer.Next().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(DamageTest, AClosedSpoolWithoutItsLastLeavesIsGivenUpAfterTheReport) {
  auto writer = NewWriter();
  ASSERT_TRUE(writer->Append("a").ok());
  Consumer consumer(writer->handle(), budget_);
  const std::string id = writer->id();
  writer.reset();
  std::filesystem::remove(Segment(id));
  EXPECT_EQ(consumer.Next().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(consumer.Next()->has_value());
  EXPECT_EQ(consumer.damage().missing_leaves, 1u);
  EXPECT_TRUE(consumer.finished());
}

}  // namespace
}  // namespace portcullis::spool
