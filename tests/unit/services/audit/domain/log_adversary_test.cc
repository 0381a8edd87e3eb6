// An adversary and an export of 1,000 records: every single byte changed, every record removed, moved or
// repeated, every place to cut the file off, and logs that are signed anew with another key.
//
// PORTCULLIS_ADVERSARY=full in the environment: each byte becomes each other byte, each record changes places
// with each other one, and each is altered and signed anew (half an hour).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "libs/config/environment.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/domain/log_file.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kLogId[] = "0123456789abcdef0123456789abcdef";
constexpr size_t kHeader = 40, kEnd = 17;            // bytes
constexpr size_t kLeafHeader = 1 + 16 + 8 + 32 + 4;  // before a leaf's bytes
constexpr int kRecords = 1000, kBetweenHeads = 97, kRemovedEach = 211;

// A leaf, a head or the end, with what is known before it.
struct Part {
  size_t begin = 0, end = 0;
  std::optional<LogEntry> entry;  // of a leaf
  std::string bytes;              // of a leaf, those that were removed too
  size_t head = 0;                // of a head: its place among them
  LogVerifier verifier;
  crypto::MerkleFrontier tree;
};

class AdversaryTest : public ::testing::Test {
 protected:
  AdversaryTest() {
    BeginLogFile(kLogId, &file_);
    for (int i = 0; i < kRecords; ++i) {
      Record record = SmallRecord("request-" + std::to_string(i), LeafKind::kIntent);
      record.user = "user " + std::to_string(i % 50);
      const LeafId intent = AddLeaf(record);
      record.kind = LeafKind::kOutcome;
      record.intent = intent;
      AddLeaf(record);
    }
    if (heads_.empty() || heads_.back().size != tree_.size()) AddHead();
    Begin();
    EndLogFile(tree_.size(), heads_.size(), &file_);
    parts_.back().end = file_.size();
    full_ = config::SystemEnvironment().Get("PORTCULLIS_ADVERSARY") == "full";
  }

  void Begin() {
    if (!parts_.empty()) parts_.back().end = file_.size();
    parts_.push_back({file_.size(), 0, std::nullopt, "", heads_.size(), verifier_, tree_});
  }
  LeafId AddLeaf(const Record& record) {
    Begin();
    Part& part = parts_.back();
    LogEntry entry;
    entry.index = tree_.size();
    entry.id = {std::string(16, static_cast<char>('a' + entry.index % 3)), entry.index / 3 + 1};
    Encode(record, &part.bytes);
    entry.hash = HashOfLeaf(hasher_, entry.id, part.bytes);
    part.entry = entry;
    if (entry.index % kRemovedEach != 0) entry.bytes = part.bytes;
    AppendLogEntry(entry, &file_);
    tree_.Append(entry.hash);
    EXPECT_TRUE(verifier_.Entry(entry).ok());
    if (tree_.size() % kBetweenHeads == 0) AddHead();
    return entry.id;
  }
  void AddHead() {
    Begin();
    heads_.push_back(Signed(tree_, key_));
    AppendLogHead(heads_.back(), &file_);
    EXPECT_TRUE(verifier_.Head(heads_.back()).ok());
  }
  static LogHead Signed(const crypto::MerkleFrontier& tree, const crypto::SigningKey& key) {
    LogHead head;
    head.log_id = kLogId;
    head.size = tree.size();
    head.root = tree.Root();
    head.time_us = static_cast<int64_t>(1'000'000 + tree.size());
    SignHead(key, &head);
    return head;
  }

  std::string Header() const { return file_.substr(0, kHeader); }
  std::string_view Bytes(const Part& part) const {
    return std::string_view(file_).substr(part.begin, part.end - part.begin);
  }
  bool IsRemoved(const Part& part) const { return file_[part.begin] == 'R'; }
  // From a part to the end, where other numbers of leaves and heads stand, as an adversary would see to.
  std::string From(size_t part, int more_leaves, int more_heads = 0) const {
    std::string rest(file_, parts_[part].begin, file_.size() - parts_[part].begin - kEnd);
    EndLogFile(tree_.size() + static_cast<uint64_t>(more_leaves),
               heads_.size() + static_cast<uint64_t>(more_heads), &rest);
    return rest;
  }

  enum class Forgery { kForeignKey, kOurKeysName, kOurSignature };
  // The file from a part on, which is another leaf now: hashes fit, and heads are signed by `key`.
  std::string Forged(size_t part, const crypto::SigningKey& key, Forgery how, bool one_head) {
    std::string rest = Header();
    crypto::MerkleFrontier tree = parts_[part].tree;
    size_t heads = parts_[part].head;
    for (size_t i = part; i + 1 < parts_.size(); ++i) {
      if (parts_[i].entry) {
        LogEntry entry = *parts_[i].entry;
        const std::string bytes = parts_[i].bytes + (i == part ? "!" : "");
        entry.hash = HashOfLeaf(hasher_, entry.id, bytes);
        entry.bytes = bytes;
        AppendLogEntry(entry, &rest);
        tree.Append(entry.hash);
      } else if (!one_head || i + 2 == parts_.size()) {
        LogHead head = Signed(tree, key);
        if (how != Forgery::kForeignKey) head.key_id = key_.verifying_key().id();
        if (how == Forgery::kOurSignature) head.signature = heads_[parts_[i].head].signature;
        AppendLogHead(head, &rest);
        ++heads;
      }
    }
    EndLogFile(tree.size(), heads, &rest);
    return rest;
  }

  // A file that is as it was up to a part and goes on with `rest`, which has the file's header before it.
  static absl::Status Verify(const Part& part, std::string_view rest) {
    LogVerifier verifier = part.verifier;
    return VerifyLogFile(rest, verifier);
  }
  absl::Status VerifyWhole(std::string_view file, const std::function<void(LogVerifier&)>& expect = {}) {
    const absl::StatusOr<std::string> log_id = LogIdOf(file);
    if (!log_id.ok()) return log_id.status();
    LogVerifier verifier(*log_id, {key_.verifying_key()});
    if (expect) expect(verifier);
    const absl::Status status = VerifyLogFile(file, verifier);
    summary_ = verifier.summary();
    return status;
  }
  void Expect(const absl::Status& noticed, const std::string& what) {
    if (noticed.ok() && unnoticed_.size() < 20) unnoticed_.push_back(what);
  }

  const crypto::SigningKey key_ = crypto::SigningKey::Generate();
  bool full_ = false;
  crypto::MerkleHasher hasher_;
  crypto::MerkleFrontier tree_;
  LogVerifier verifier_{kLogId, {key_.verifying_key()}};
  std::vector<LogHead> heads_;
  std::vector<Part> parts_;
  std::string file_;
  LogSummary summary_;
  std::vector<std::string> unnoticed_;
  std::mt19937_64 random_{20'260'101};
};

TEST_F(AdversaryTest, TheExportVerifies) {
  const absl::Status status = VerifyWhole(file_);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(summary_.leaves, 2u * kRecords);
  EXPECT_EQ(summary_.removed, 10u);
  EXPECT_EQ(summary_.heads, 21u);
  const auto at_most = [](uint64_t leaves) {
    return [leaves](LogVerifier& verifier) { verifier.ExpectRemovedAtMost(leaves); };
  };
  EXPECT_TRUE(VerifyWhole(file_, at_most(10)).ok());
  EXPECT_THAT(std::string(VerifyWhole(file_, at_most(9)).message()), StartsWith("leaf 1899 was removed"));
  EXPECT_THAT(std::string(VerifyWhole(file_, at_most(0)).message()), StartsWith("leaf 0 was removed"));
}

TEST_F(AdversaryTest, EveryChangedByteIsNoticed) {
  for (size_t at = 0; at < kHeader; ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string file = file_;
      if (file[at] == static_cast<char>(value)) continue;
      file[at] = static_cast<char>(value);
      Expect(VerifyWhole(file), "byte " + std::to_string(at));
    }
  }
  for (const Part& part : parts_) {
    std::string rest = Header() + file_.substr(part.begin);
    const std::string named = part.entry ? "leaf " + std::to_string(part.entry->index) + " (" : "";
    const size_t text = IsRemoved(part) ? part.end : part.begin + kLeafHeader;
    for (size_t at = part.begin; at < part.end; ++at) {
      char& byte = rest[kHeader + at - part.begin];
      const char was = byte;
      for (int flip = 1; flip < 256; ++flip) {
        // One bit of eight, and all of them.
        if (!full_ && flip != 255 && flip != 1 << at % 8) continue;
        byte = static_cast<char>(was ^ flip);
        const absl::Status status = Verify(part, rest);
        Expect(status, "byte " + std::to_string(at));
        ASSERT_TRUE(std::all_of(status.message().begin(), status.message().end(), [](char c) {
          return c >= ' ' && c <= '~';
        })) << "what the file says is shown as it is";
        if (at >= text) {
          ASSERT_TRUE(status.message().substr(0, named.size()) == named) << status;
        }
      }
      byte = was;
    }
  }
  EXPECT_THAT(unnoticed_, IsEmpty());
}

TEST_F(AdversaryTest, EveryTruncationIsNoticed) {
  for (size_t size = 0; size < kHeader; ++size) {
    Expect(VerifyWhole(std::string_view(file_).substr(0, size)), "cut at " + std::to_string(size));
  }
  for (const Part& part : parts_) {
    const std::string rest = Header() + file_.substr(part.begin);
    for (size_t size = part.begin; size < part.end; ++size) {
      Expect(Verify(part, std::string_view(rest).substr(0, kHeader + size - part.begin)),
             "cut at " + std::to_string(size));
    }
  }
  Expect(VerifyWhole(file_ + '\0'), "something after the end");
  EXPECT_THAT(unnoticed_, IsEmpty());
}

// With an end that fits what is left. Cut off at a head it is a log of before: whoever knows a later head, or
// has a receipt from after it, notices.
TEST_F(AdversaryTest, ATruncationWithANewEndIsNoticedByWhoKnowsALaterHead) {
  uint64_t heads = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const bool after_head = i > 0 && !parts_[i - 1].entry;
    heads += after_head ? 1 : 0;
    std::string file = file_.substr(0, part.begin);
    EndLogFile(part.tree.size(), heads, &file);
    const auto expect = [&](LogVerifier& verifier) { verifier.ExpectHead(heads_.back()); };
    const std::string what = "cut before leaf " + std::to_string(part.tree.size());
    if (!after_head) {
      Expect(Verify(part, Header() + file.substr(part.begin)), what);
    } else if (heads < heads_.size()) {
      Expect(VerifyWhole(file, expect), what);
    } else {
      EXPECT_TRUE(VerifyWhole(file, expect).ok());
    }
  }
  EXPECT_EQ(heads, heads_.size());
  EXPECT_THAT(unnoticed_, IsEmpty());
}

TEST_F(AdversaryTest, EveryRemovalAndRepetitionIsNoticed) {
  for (size_t i = 0; i + 1 < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (!part.entry) continue;
    const std::string leaf = "leaf " + std::to_string(part.entry->index);
    Expect(Verify(part, Header() + From(i + 1, -1)), leaf + " removed");
    Expect(Verify(part, Header() + std::string(Bytes(part)) + From(i, 1)), leaf + " twice");
    const size_t other = random_() % (parts_.size() - 1);
    if (!parts_[other].entry) continue;
    Expect(Verify(parts_[other], Header() + std::string(Bytes(part)) + From(other, 1)),
           leaf + " once more elsewhere");
    if (IsRemoved(part) || (!full_ && i % 41 != 0)) continue;
    LogEntry emptied = *part.entry;
    std::string rest = Header();
    AppendLogEntry(emptied, &rest);
    LogVerifier verifier = part.verifier;
    EXPECT_TRUE(VerifyLogFile(rest + From(i + 1, 0), verifier).ok());
    EXPECT_EQ(verifier.summary().removed, 11u) << "removed as retention does it, and counted";
  }
  EXPECT_THAT(unnoticed_, IsEmpty());
}

TEST_F(AdversaryTest, EverySwapIsNoticed) {
  const auto swap = [&](size_t i, size_t j) {
    if (j + 1 >= parts_.size() || !parts_[i].entry || !parts_[j].entry) return;
    std::string rest = Header();
    rest.append(Bytes(parts_[j]));
    rest.append(file_, parts_[i].end, parts_[j].begin - parts_[i].end);
    rest.append(Bytes(parts_[i])).append(file_, parts_[j].end);
    Expect(Verify(parts_[i], rest), "parts " + std::to_string(i) + " and " + std::to_string(j));
  };
  for (size_t i = 0; i + 2 < parts_.size(); ++i) {
    swap(i, i + 1);
    swap(i, i + 2 + random_() % (parts_.size() - i - 2));
    for (size_t j = i + 2; full_ && j < parts_.size(); ++j) swap(i, j);
  }
  EXPECT_THAT(unnoticed_, IsEmpty());
}

// A record is altered, and whatever depends on it made anew, as far as that can be done without the key.
TEST_F(AdversaryTest, EveryAlterationSignedWithAForeignKeyIsNoticed) {
  const crypto::SigningKey foreign = crypto::SigningKey::Generate();
  for (size_t i = 0; i + 1 < parts_.size(); i += full_ ? 1 : 19) {
    if (!parts_[i].entry) continue;
    for (const Forgery how : {Forgery::kForeignKey, Forgery::kOurKeysName, Forgery::kOurSignature}) {
      for (const bool one_head : {false, true}) {
        const absl::Status status = Verify(parts_[i], Forged(i, foreign, how, one_head));
        Expect(status, "leaf " + std::to_string(parts_[i].entry->index));
        EXPECT_THAT(std::string(status.message()), AnyOf(HasSubstr("key"), HasSubstr("false signature")));
      }
    }
  }
  EXPECT_THAT(unnoticed_, IsEmpty());
}

}  // namespace
}  // namespace portcullis::audit
