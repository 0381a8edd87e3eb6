// What a log file says that it is. log_adversary_test.cc has what is noticed of whom.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "services/audit/domain/head_json.h"
#include "services/audit/domain/key_chain.h"
#include "services/audit/domain/log_file.h"

namespace portcullis::audit {
namespace {

constexpr char kLogId[] = "0123456789abcdef0123456789abcdef";

struct Item {
  LogEntry entry;
  std::string bytes;
  std::optional<LogHead> head;  // else an entry
};

// A log of `leaves`, signed each `between` of them and at the end.
class LogFileTest : public ::testing::Test {
 protected:
  std::vector<Item> NewLog(uint64_t leaves, uint64_t between) {
    std::vector<Item> items;
    crypto::MerkleFrontier tree;
    crypto::MerkleHasher hasher;
    for (uint64_t i = 0; i < leaves; ++i) {
      Item item;
      item.bytes = "record " + std::to_string(i);
      item.entry.index = i;
      item.entry.id = {std::string(16, 'a' + static_cast<char>(i % 3)), i / 3 + 1};
      item.entry.hash = HashOfLeaf(hasher, item.entry.id, item.bytes);
      tree.Append(item.entry.hash);
      items.push_back(std::move(item));
      if ((i + 1) % between == 0 || i + 1 == leaves) items.push_back(Signed(tree, key_));
    }
    return items;
  }
  Item Signed(const crypto::MerkleFrontier& tree, const crypto::SigningKey& key) {
    Item item;
    item.head.emplace();
    item.head->log_id = kLogId;
    item.head->size = tree.size();
    item.head->root = tree.Root();
    item.head->time_us = static_cast<int64_t>(1'000'000 + tree.size());
    SignHead(key, &*item.head);
    return item;
  }

  static std::string File(const std::vector<Item>& items) {
    std::string file;
    BeginLogFile(kLogId, &file);
    uint64_t leaves = 0, heads = 0;
    for (const Item& item : items) {
      if (item.head) {
        AppendLogHead(*item.head, &file);
        ++heads;
      } else {
        LogEntry entry = item.entry;
        if (!item.bytes.empty()) entry.bytes = item.bytes;
        AppendLogEntry(entry, &file);
        ++leaves;
      }
    }
    EndLogFile(leaves, heads, &file);
    return file;
  }

  absl::Status Verify(const std::string& file, std::optional<LogHead> expected = std::nullopt) {
    LogVerifier verifier(kLogId, {key_.verifying_key()});
    if (expected) verifier.ExpectHead(*expected);
    const absl::Status status = VerifyLogFile(file, verifier);
    summary_ = verifier.summary();
    return status;
  }

  const crypto::SigningKey key_ = crypto::SigningKey::Generate();
  LogSummary summary_;
};

TEST_F(LogFileTest, AnUntouchedLogVerifies) {
  const absl::Status status = Verify(File(NewLog(1000, 97)));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(summary_.leaves, 1000u);
  EXPECT_EQ(summary_.heads, 11u);
  EXPECT_EQ(summary_.last_head->size, 1000u);
}

TEST_F(LogFileTest, AnAlteredRecordIsNamed) {
  std::vector<Item> items = NewLog(50, 10);
  items[13].bytes += '!';  // leaf 12: a head stands before it
  EXPECT_EQ(std::string(Verify(File(items)).message()).substr(0, 47),
            "leaf 12 (aaaaaaaaaaaaaaaa-5) was altered: it do");
}

TEST_F(LogFileTest, ARecordWithANewHashIsNoticedAtTheNextHead) {
  std::vector<Item> items = NewLog(50, 10);
  crypto::MerkleHasher hasher;
  items[13].bytes += '!';
  items[13].entry.hash = HashOfLeaf(hasher, items[13].entry.id, items[13].bytes);
  EXPECT_EQ(std::string(Verify(File(items)).message()).substr(0, 50),
            "leaves 10 to 20 are not those that were signed: th");
}

TEST_F(LogFileTest, ALogCutOffAtAnEarlierHeadIsNoticedByWhoKnowsALaterOne) {
  std::vector<Item> items = NewLog(50, 10);
  const LogHead last = *items.back().head;
  items.resize(44);  // 40 leaves and 4 heads
  EXPECT_TRUE(Verify(File(items)).ok());
  EXPECT_FALSE(Verify(File(items), last).ok());
}

TEST_F(LogFileTest, UnsignedLeavesAtTheEndAreNoticed) {
  std::vector<Item> items = NewLog(50, 10);
  items.pop_back();
  EXPECT_EQ(Verify(File(items)).message(), "leaves 40 to 50 are signed by no head");
  EXPECT_EQ(Verify(File({})).message(), "the log has no signed head");
}

TEST_F(LogFileTest, RemovedRecordsKeepTheirPlace) {
  std::vector<Item> items = NewLog(50, 10);
  items[3].bytes.clear();
  items[30].bytes.clear();
  EXPECT_TRUE(Verify(File(items)).ok());
  EXPECT_EQ(summary_.removed, 2u);
}

TEST(ReceiptTest, IsReadAsItIsWritten) {
  Receipt receipt = {{"00112233aabbccdd", 42}, crypto::Sha256Of("x")};
  const auto again = ParseReceipt(ReceiptText(receipt));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->id, receipt.id);
  EXPECT_EQ(again->hash, receipt.hash);
  const std::string text = ReceiptText(receipt);
  for (const std::string& bad : {std::string(), text.substr(1), text + "0", "x" + text.substr(1),
                                 text.substr(0, 17) + "0" + text.substr(19), text.substr(0, 20)}) {
    EXPECT_FALSE(ParseReceipt(bad).ok()) << bad;
  }
}

// A log whose key was replaced after `before` leaves.
TEST_F(LogFileTest, AReplacedKeyIsFollowedByItsLinksAndMayNotSignAgain) {
  const crypto::SigningKey next = crypto::SigningKey::Generate();
  crypto::MerkleFrontier tree;
  std::vector<Item> items;
  for (Item& item : NewLog(30, 1000)) {
    if (item.head) continue;
    tree.Append(item.entry.hash);
    items.push_back(item);
    if (tree.size() % 10 == 0) items.push_back(Signed(tree, tree.size() == 10 ? key_ : next));
  }
  const auto verify = [&](std::vector<crypto::VerifyingKey> keys) {
    LogVerifier verifier(kLogId, std::move(keys));
    return VerifyLogFile(File(items), verifier);
  };
  const KeyLink link = NewKeyLink(kLogId, key_, next.verifying_key(), 5);
  const auto links = ParseKeyLinks(KeyLinkLine(link));
  ASSERT_TRUE(links.ok()) << links.status();
  const auto keys = FollowKeyLinks(kLogId, {key_.verifying_key()}, *links);
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_TRUE(verify(*keys).ok()) << verify(*keys);
  EXPECT_FALSE(verify({key_.verifying_key()}).ok());
  items.back() = Signed(tree, key_);  // by the key that was replaced
  EXPECT_NE(verify(*keys).message().find("was replaced"), std::string::npos) << verify(*keys);
}

TEST(KeyChainTest, FalseLinksAreRefused) {
  const crypto::SigningKey first = crypto::SigningKey::Generate(), second = crypto::SigningKey::Generate(),
                           third = crypto::SigningKey::Generate(), foreign = crypto::SigningKey::Generate();
  const std::vector<KeyLink> links = {NewKeyLink(kLogId, first, second.verifying_key(), 1),
                                      NewKeyLink(kLogId, second, third.verifying_key(), 2)};
  EXPECT_EQ(FollowKeyLinks(kLogId, {first.verifying_key()}, links)->size(), 3u);
  EXPECT_EQ(FollowKeyLinks(kLogId, {second.verifying_key()}, links)->size(), 2u);
  EXPECT_EQ(FollowKeyLinks(kLogId, {foreign.verifying_key()}, links)->size(), 1u);
  EXPECT_FALSE(FollowKeyLinks(std::string(32, 'f'), {first.verifying_key()}, links).ok());
  std::vector<KeyLink> altered = links;
  altered[1].new_key = foreign.verifying_key().Pem();
  EXPECT_FALSE(FollowKeyLinks(kLogId, {first.verifying_key()}, altered).ok());
  altered = links;
  altered[0].time_us = 7;
  EXPECT_FALSE(FollowKeyLinks(kLogId, {first.verifying_key()}, altered).ok());
  EXPECT_EQ(ParseKeyLinks(KeyLinkLine(links[0]) + KeyLinkLine(links[1]))->size(), 2u);
  EXPECT_FALSE(ParseKeyLinks("nonsense\n").ok());
  EXPECT_FALSE(ParseKeyLinks("{}\n").ok());
}

TEST_F(LogFileTest, EveryHeadThatWasKeptElsewhereIsExpected) {
  const std::vector<Item> items = NewLog(40, 10);
  std::string kept;
  for (const Item& item : items) {
    if (item.head) kept += HeadJsonLine(*item.head);
  }
  const auto verify = [&](const std::string& text) {
    const auto heads = ParseHeads(text);
    EXPECT_TRUE(heads.ok()) << heads.status();
    LogVerifier verifier(kLogId, {key_.verifying_key()});
    for (const LogHead& head : *heads) verifier.ExpectHead(head);
    return VerifyLogFile(File(items), verifier);
  };
  EXPECT_EQ(ParseHeads(kept)->size(), 4u);
  EXPECT_TRUE(verify(kept).ok()) << verify(kept);
  EXPECT_EQ(ParseHeads(HeadJson(*items.back().head))->size(), 1u);
  LogHead other = *items.back().head;
  other.size = 17;  // within the log, where it has no head of its own
  EXPECT_FALSE(verify(kept + HeadJsonLine(other)).ok());
  other.size = 41;
  EXPECT_NE(verify(kept + HeadJsonLine(other)).message().find("cut off"), std::string::npos);
  EXPECT_FALSE(ParseHeads("").ok());
  EXPECT_FALSE(ParseHeads(kept + "x").ok());
}

}  // namespace
}  // namespace portcullis::audit
