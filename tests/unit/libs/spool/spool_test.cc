#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "tests/unit/libs/spool/spool_testing.h"

namespace portcullis::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(SpoolTest, LeavesComeBackInOrder) {
  const std::string id = WriteSpool({"one", "two", "three"});
  Damage damage;
  EXPECT_THAT(ReadAll(id, &damage), ElementsAre("1:one", "2:two", "3:three"));
  EXPECT_FALSE(damage.any());
  EXPECT_THAT(ReadAll(id, &damage, 2), ElementsAre("3:three"));
  EXPECT_FALSE(damage.any());
}

TEST_F(SpoolTest, EveryWriterHasASpoolOfItsOwn) {
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.insert(NewWriter()->id());
  EXPECT_EQ(ids.size(), 20u);
  for (const std::string& id : ids) EXPECT_TRUE(IsValidId(id)) << id;
}

TEST_F(SpoolTest, TheChainIsTheOneThatTheFormatPromises) {
  const auto writer = NewWriter();
  crypto::Digest chain = crypto::Sha256Of(writer->id());
  for (const std::string leaf : {"a", "bb"}) {
    chain = crypto::Sha256Of(std::string(reinterpret_cast<const char*>(chain.data()), chain.size()) + leaf);
    ASSERT_TRUE(writer->Append(leaf).ok());
    EXPECT_EQ(writer->chain(), chain);
  }
}

TEST_F(SpoolTest, RejectsEmptyAndOversizedLeaves) {
  const auto writer = NewWriter();
  EXPECT_EQ(writer->Append("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(writer->Append(std::string(kMaxLeafBytes + 1, 'x')).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(writer->Append(std::string(kMaxLeafBytes, 'x')).ok());
  EXPECT_EQ(ReadAll(writer->id()).size(), 1u);
}

TEST_F(SpoolTest, SegmentsRotateBySizeAndTheReaderCrossesThem) {
  WriterOptions options;
  options.segment_bytes = 1000;
  std::vector<std::string> leaves, expected;
  for (int i = 1; i <= 50; ++i) {
    leaves.push_back(std::string(100, static_cast<char>('a' + i % 26)));
    expected.push_back(std::to_string(i) + ":" + leaves.back());
  }
  const std::string id = WriteSpool(leaves, options);
  EXPECT_EQ(ListSegments(root() / id).size(), 9u);  // 6 leaves of 152 bytes each
  Damage damage;
  EXPECT_EQ(ReadAll(id, &damage), expected);
  EXPECT_FALSE(damage.any());
  for (uint64_t after = 0; after <= 50; ++after) EXPECT_EQ(ReadAll(id, &damage, after).size(), 50 - after);
}

TEST_F(SpoolTest, SegmentsRotateByAge) {
  const auto writer = NewWriter();
  ASSERT_TRUE(writer->Append("a").ok());
  clock_.Advance(std::chrono::minutes(10));
  ASSERT_TRUE(writer->Append("b").ok());
  EXPECT_EQ(ListSegments(root() / writer->id()).size(), 2u);
  clock_.Advance(std::chrono::minutes(9));
  ASSERT_TRUE(writer->Append("c").ok());
  EXPECT_EQ(ListSegments(root() / writer->id()).size(), 2u);
  EXPECT_THAT(ReadAll(writer->id()), ElementsAre("1:a", "2:b", "3:c"));
}

TEST_F(SpoolTest, AReaderFollowsTheWriter) {
  WriterOptions options;
  options.segment_bytes = 300;
  const auto writer = NewWriter(options);
  Reader reader(writer->id(), root() / writer->id());
  EXPECT_FALSE(reader.Next()->has_value());
  for (uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(writer->Append("leaf " + std::to_string(i)).ok());
    const auto leaf = reader.Next();
    ASSERT_TRUE(leaf.ok() && leaf->has_value()) << i;
    EXPECT_EQ((*leaf)->sequence, i);
    EXPECT_FALSE(reader.Next()->has_value());
  }
  EXPECT_FALSE(reader.damage().any());
}

TEST_F(SpoolTest, ABudgetThatIsUsedUpRefusesUntilLeavesAreAcknowledged) {
  Budget small(3 * (kFrameHeaderBytes + 10));
  const auto writer = Writer::Create(root(), {}, small, nullptr, clock_);
  ASSERT_TRUE(writer.ok());
  Consumer consumer((*writer)->handle(), small);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*writer)->Append("0123456789").ok());
  const auto full = (*writer)->Append("0123456789");
  EXPECT_EQ(full.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.status().message()), HasSubstr("audit spool is full"));
  ASSERT_TRUE(consumer.Next().ok());
  ASSERT_TRUE(consumer.Acknowledge(1).ok());
  EXPECT_EQ(*(*writer)->Append("0123456789"), 4u);
}

TEST_F(SpoolTest, TheConsumerRemembersAndRemovesWhatIsAcknowledged) {
  WriterOptions options;
  options.segment_bytes = 200;  // two leaves each
  const auto writer = NewWriter(options);
  for (int i = 1; i <= 6; ++i) ASSERT_TRUE(writer->Append("0123456789").ok());
  Consumer consumer(writer->handle(), budget_);
  EXPECT_EQ(consumer.backlog(), 6u);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE((*consumer.Next()).has_value());
  EXPECT_FALSE((*consumer.Next()).has_value());
  ASSERT_TRUE(consumer.Acknowledge(3).ok());
  EXPECT_EQ(ReadAcknowledged(root() / writer->id()), 3u);
  EXPECT_THAT(ListSegments(root() / writer->id()), ElementsAre(2u, 3u));
  consumer.Rewind();
  EXPECT_EQ((*consumer.Next())->sequence, 4u);
  EXPECT_FALSE(consumer.damage().any());
  EXPECT_FALSE(consumer.finished());
}

TEST_F(SpoolTest, ALiveSpoolCannotBeAdoptedAndAClosedOneCan) {
  auto writer = NewWriter();
  const std::string id = writer->id();
  ASSERT_TRUE(writer->Append("a").ok());
  EXPECT_EQ(Handle::Adopt(root(), id).status().code(), absl::StatusCode::kFailedPrecondition);
  writer.reset();
  const auto handle = Handle::Adopt(root(), id);
  ASSERT_TRUE(handle.ok()) << handle.status();
  EXPECT_EQ((*handle)->last_sequence(), 1u);
  EXPECT_EQ(Handle::Adopt(root(), id).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SpoolTest, AnAdoptedSpoolIsReadToItsEndAndRemoved) {
  const std::string id = WriteSpool({"a", "b"});
  EXPECT_THAT(ListSpools(root()), ElementsAre(id));
  const uint64_t used = budget_.used();
  Consumer consumer(*Handle::Adopt(root(), id), budget_);
  EXPECT_GT(budget_.used(), used);
  EXPECT_EQ((*consumer.Next())->bytes, "a");
  EXPECT_EQ((*consumer.Next())->bytes, "b");
  EXPECT_FALSE(consumer.finished());
  ASSERT_TRUE(consumer.Acknowledge(2).ok());
  EXPECT_TRUE(consumer.finished());
  ASSERT_TRUE(consumer.Remove().ok());
  EXPECT_THAT(ListSpools(root()), IsEmpty());
}

TEST_F(SpoolTest, TakeoverGoesOnWhereTheAcknowledgementsEnd) {
  const std::string id = WriteSpool({"a", "b", "c"});
  {
    Consumer consumer(*Handle::Adopt(root(), id), budget_);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(consumer.Next().ok());
    ASSERT_TRUE(consumer.Acknowledge(2).ok());
  }
  Consumer again(*Handle::Adopt(root(), id), budget_);
  EXPECT_EQ(again.backlog(), 1u);
  EXPECT_EQ((*again.Next())->bytes, "c");
}

TEST_F(SpoolTest, AnAckFileThatSaysNothingMeansReadingAgain) {
  const std::string id = WriteSpool({"a", "b"});
  for (const std::string text : {"", "acknowledged", "acknowledged x\n", "acknowledged 1", "\0\0\0"}) {
    WriteFile(root() / id / "ack", text);
    EXPECT_EQ(ReadAcknowledged(root() / id), 0u) << text;
  }
  WriteFile(root() / id / "ack", "acknowledged 1\n");
  EXPECT_EQ(ReadAcknowledged(root() / id), 1u);
}

TEST_F(SpoolTest, AClosedSpoolCanBeExtended) {
  const std::string id = WriteSpool({"a", "b"});
  for (const char* more : {"c", "d"}) {
    const auto handle = Handle::Adopt(root(), id);
    ASSERT_TRUE(handle.ok()) << handle.status();
    const auto writer = Writer::Extend(*handle, {}, budget_, clock_);
    ASSERT_TRUE(writer.ok()) << writer.status();
    EXPECT_TRUE((*handle)->closed());
    ASSERT_TRUE((*writer)->Append(more).ok());
  }
  Damage damage;
  EXPECT_EQ(ReadAll(id, &damage), (std::vector<std::string>{"1:a", "2:b", "3:c", "4:d"}));
  EXPECT_FALSE(damage.any());
}

TEST_F(SpoolTest, AConsumerAtTheEndSeesWhatIsAddedToAClosedSpool) {
  auto writer = NewWriter();
  ASSERT_TRUE(writer->Append("a").ok());
  const std::shared_ptr<Handle> handle = writer->handle();
  Consumer consumer(handle, budget_);
  writer.reset();
  ASSERT_TRUE((*consumer.Next()).has_value());
  ASSERT_TRUE(consumer.Acknowledge(1).ok());
  EXPECT_TRUE(consumer.finished());
  ASSERT_TRUE((*Writer::Extend(handle, {}, budget_, clock_))->Append("b").ok());
  EXPECT_FALSE(consumer.finished());
  const auto leaf = consumer.Next();
  ASSERT_TRUE(leaf.ok() && leaf->has_value());
  EXPECT_EQ((*leaf)->bytes, "b");
  EXPECT_TRUE(consumer.WouldRemove(2));
  ASSERT_TRUE(consumer.Acknowledge(2).ok());
  EXPECT_TRUE(consumer.finished());
  EXPECT_FALSE(consumer.damage().any());
}

TEST_F(SpoolTest, ANoteIsKeptAndReplaced) {
  const std::string id = WriteSpool({"a"});
  EXPECT_EQ(ReadNote(root() / id), "");
  ASSERT_TRUE(WriteNote(root() / id, "first").ok());
  ASSERT_TRUE(WriteNote(root() / id, "second").ok());
  EXPECT_EQ(ReadNote(root() / id), "second");
  EXPECT_GT(BytesUnder(root()), 6u);
}

TEST_F(SpoolTest, AStaleBudgetRefuses) {
  const auto writer = NewWriter();
  budget_.SetStale(true);
  EXPECT_EQ(writer->Append("a").status().code(), absl::StatusCode::kResourceExhausted);
  budget_.SetStale(false);
  EXPECT_TRUE(writer->Append("a").ok());
}

TEST_F(SpoolTest, ProcessDurabilityAnswersAtOnce) {
  const auto writer = NewWriter();
  bool called = false;
  writer->Sync([&](absl::Status status) { called = status.ok(); });
  EXPECT_TRUE(called);
}

TEST_F(SpoolTest, DiskDurabilitySharesSyncs) {
  constexpr int kLeaves = 200;
  GroupSync sync;
  WriterOptions options;
  options.durability = Durability::kDisk;
  options.segment_bytes = 2000;
  const auto writer = NewWriter(options, &sync);
  std::mutex mutex;
  std::condition_variable wake;
  int done = 0;
  for (int i = 0; i < kLeaves; ++i) {
    ASSERT_TRUE(writer->Append("0123456789").ok());
    writer->Sync([&](absl::Status status) {
      EXPECT_TRUE(status.ok()) << status;
      std::lock_guard lock(mutex);
      if (++done == kLeaves) wake.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  ASSERT_TRUE(wake.wait_for(lock, std::chrono::seconds(30), [&] { return done == kLeaves; }));
  EXPECT_LT(sync.rounds(), static_cast<uint64_t>(kLeaves));
}

TEST_F(SpoolTest, WritersAndConsumersRunSideBySide) {
  constexpr uint64_t kLeaves = 5000;
  WriterOptions options;
  options.segment_bytes = 20000;
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < 4; ++i) writers.push_back(NewWriter(options));
  std::vector<std::jthread> threads;
  for (auto& writer : writers) {
    threads.emplace_back([&writer] {
      for (uint64_t i = 1; i <= kLeaves; ++i) {
        ASSERT_EQ(*writer->Append("leaf " + std::to_string(i)), i);
      }
    });
  }
  for (auto& writer : writers) {
    Consumer consumer(writer->handle(), budget_);
    uint64_t expected = 1;
    while (expected <= kLeaves) {
      const auto leaf = consumer.Next();
      ASSERT_TRUE(leaf.ok()) << leaf.status();
      if (!*leaf) continue;
      ASSERT_EQ((*leaf)->sequence, expected);
      ASSERT_EQ((*leaf)->bytes, "leaf " + std::to_string(expected));
      if (expected++ % 100 == 0) {
        ASSERT_TRUE(consumer.Acknowledge(expected - 1).ok());
      }
    }
    EXPECT_FALSE(consumer.damage().any());
  }
  threads.clear();
  EXPECT_EQ(budget_.used(), 0u);
}

}  // namespace
}  // namespace portcullis::spool
