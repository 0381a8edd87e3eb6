// What every store must do; a new one joins by one more line at the end.
#include <gmock/gmock.h>

#include <algorithm>

#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct StoreKind {
  const char* name;
  // Opens the store that belongs to this folder, again or for the first time.
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::filesystem::path&)> open;
};

constexpr char kSpool[] = "00112233aabbccdd";

class StoreConformanceTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  StoreConformanceTest() { Reopen(); }

  void Reopen() {
    store_.reset();
    auto store = GetParam().open(folder_.path());
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  static IndexedLeaf NewLeaf(uint64_t sequence, LeafIndex index, std::string spool = kSpool) {
    IndexedLeaf leaf = {{{std::move(spool), sequence}, "bytes " + std::to_string(sequence)},
                        std::move(index)};
    if (leaf.index.root.spool.empty()) leaf.index.root = leaf.leaf.id;
    return leaf;
  }
  static LeafIndex NewIndex(std::string request_id, int64_t time_us = 100, std::string verdict = "allow",
                            std::string tenant = "") {
    return {LeafKind::kOutcome, {}, std::move(request_id), time_us, std::move(verdict), std::move(tenant)};
  }
  void Append(const std::vector<IndexedLeaf>& leaves) {
    const absl::Status status = store_->Append(leaves);
    ASSERT_TRUE(status.ok()) << status;
  }
  // Records as "row:leaf bytes|leaf bytes".
  std::vector<std::string> Find(const Query& query = {}) {
    const auto found = store_->Find(query);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> out;
    for (const StoredLeaves& record : *found) {
      std::string text = std::to_string(record.row) + ":";
      for (const std::string& leaf : record.leaves) text += (text.back() == ':' ? "" : "|") + leaf;
      out.push_back(text);
    }
    return out;
  }

  TestFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreConformanceTest, LeavesComeBackAsRecords) {
  Append({NewLeaf(1, NewIndex("a")), NewLeaf(2, NewIndex("b"))});
  EXPECT_THAT(Find(), ElementsAre("1:bytes 1", "2:bytes 2"));
  EXPECT_EQ(store_->Find({})->at(1).root, (LeafId{kSpool, 2}));
}

TEST_P(StoreConformanceTest, AppendingAgainChangesNothing) {
  const std::vector<IndexedLeaf> leaves = {NewLeaf(1, NewIndex("a")), NewLeaf(2, NewIndex("b"))};
  Append(leaves);
  Append(leaves);
  Append({leaves[1], NewLeaf(3, NewIndex("c"))});
  EXPECT_THAT(Find(), ElementsAre("1:bytes 1", "2:bytes 2", "3:bytes 3"));
}

TEST_P(StoreConformanceTest, LeavesOfOneRootAreOneRecordThatMovesToTheEnd) {
  LeafIndex intent = NewIndex("a", 100, "");
  intent.kind = LeafKind::kIntent;
  LeafIndex outcome = NewIndex("a", 100, "block");
  outcome.root = {kSpool, 1};
  Append({NewLeaf(1, intent), NewLeaf(2, NewIndex("b"))});
  Append({NewLeaf(3, outcome)});
  EXPECT_THAT(Find(), ElementsAre("2:bytes 2", "3:bytes 1|bytes 3"));
  EXPECT_THAT(Find({.verdict = "block"}), ElementsAre("3:bytes 1|bytes 3"));
}

TEST_P(StoreConformanceTest, TheOutcomeMayArriveBeforeTheIntent) {
  LeafIndex intent = NewIndex("a", 100, "redact");
  intent.kind = LeafKind::kIntent;
  LeafIndex outcome = NewIndex("a", 100, "block");
  outcome.root = {kSpool, 1};
  Append({NewLeaf(3, outcome, "ffffffffffffffff")});
  Append({NewLeaf(1, intent)});
  EXPECT_THAT(Find({.verdict = "block"}), ElementsAre("2:bytes 3|bytes 1"));
  EXPECT_THAT(Find({.verdict = "redact"}), IsEmpty());
}

TEST_P(StoreConformanceTest, LeavesOfOneRootInOneBatchAreOneRecordInAnyOrder) {
  LeafIndex intent = NewIndex("a", 100, "redact", "acme");
  intent.kind = LeafKind::kIntent;
  LeafIndex outcome = NewIndex("a", 100, "block");
  outcome.root = {kSpool, 1};
  LeafIndex amendment = NewIndex("a", 100, "");
  amendment.kind = LeafKind::kAmendment;
  amendment.root = {kSpool, 1};
  Append({NewLeaf(1, intent), NewLeaf(2, NewIndex("b")), NewLeaf(3, outcome), NewLeaf(4, amendment)});
  EXPECT_THAT(Find(), ElementsAre("1:bytes 1|bytes 3|bytes 4", "2:bytes 2"));
  intent.root = outcome.root = {"ffffffffffffffff", 1};
  Append({NewLeaf(2, outcome, "ffffffffffffffff"), NewLeaf(1, intent, "ffffffffffffffff")});
  EXPECT_THAT(Find({.verdict = "block"}), ElementsAre("1:bytes 1|bytes 3|bytes 4", "3:bytes 2|bytes 1"));
  EXPECT_THAT(Find({.tenant = "acme"}), ElementsAre("1:bytes 1|bytes 3|bytes 4", "3:bytes 2|bytes 1"));
}

TEST_P(StoreConformanceTest, TheSameRequestIdTwiceIsTwoRecords) {
  Append({NewLeaf(1, NewIndex("a", 100, "block")), NewLeaf(2, NewIndex("a", 200, "allow"))});
  EXPECT_THAT(Find({.request_id = "a"}), ElementsAre("1:bytes 1", "2:bytes 2"));
  EXPECT_THAT(Find({.verdict = "block"}), ElementsAre("1:bytes 1"));
}

TEST_P(StoreConformanceTest, QueriesSelectByEveryField) {
  Append({NewLeaf(1, NewIndex("a", 100, "allow", "x")), NewLeaf(2, NewIndex("b", 200, "block", "y")),
          NewLeaf(3, NewIndex("c", 300, "redact", "x")), NewLeaf(4, NewIndex("d", 400, "block", "x"))});
  EXPECT_THAT(Find({.since_us = 200}), ElementsAre("2:bytes 2", "3:bytes 3", "4:bytes 4"));
  EXPECT_THAT(Find({.until_us = 200}), ElementsAre("1:bytes 1"));
  EXPECT_THAT(Find({.since_us = 200, .until_us = 400}), ElementsAre("2:bytes 2", "3:bytes 3"));
  EXPECT_THAT(Find({.verdict = "block"}), ElementsAre("2:bytes 2", "4:bytes 4"));
  EXPECT_THAT(Find({.verdict = "allow"}), ElementsAre("1:bytes 1"));
  EXPECT_THAT(Find({.verdict = "escalate"}), IsEmpty());
  EXPECT_THAT(Find({.request_id = "c"}), ElementsAre("3:bytes 3"));
  EXPECT_THAT(Find({.tenant = "x"}), ElementsAre("1:bytes 1", "3:bytes 3", "4:bytes 4"));
  EXPECT_THAT(Find({.since_us = 200, .verdict = "block", .tenant = "x"}), ElementsAre("4:bytes 4"));
  EXPECT_THAT(Find({.since_us = 200, .newest_first = true}),
              ElementsAre("4:bytes 4", "3:bytes 3", "2:bytes 2"));
  EXPECT_THAT(Find({.since_us = 500}), IsEmpty());
}

TEST_P(StoreConformanceTest, PagesGoOnByRowInBothDirections) {
  std::vector<IndexedLeaf> leaves;
  for (uint64_t i = 1; i <= 10; ++i) leaves.push_back(NewLeaf(i, NewIndex("r", static_cast<int64_t>(i))));
  Append(leaves);
  for (const bool newest_first : {false, true}) {
    for (const int64_t since : {0, 3}) {
      std::vector<uint64_t> rows;
      Query query = {.since_us = since, .newest_first = newest_first, .limit = 3};
      for (;;) {
        const auto page = store_->Find(query);
        ASSERT_TRUE(page.ok());
        if (page->empty()) break;
        EXPECT_LE(page->size(), 3u);
        for (const StoredLeaves& record : *page) rows.push_back(record.row);
        query.after = rows.back();
      }
      if (newest_first) std::reverse(rows.begin(), rows.end());
      std::vector<uint64_t> expected;
      for (uint64_t row = since == 0 ? 1 : 3; row <= 10; ++row) expected.push_back(row);
      EXPECT_EQ(rows, expected) << newest_first << since;
    }
  }
}

TEST_P(StoreConformanceTest, AFollowerSeesEachChangeOnce) {
  LeafIndex intent = NewIndex("a", 100, "");
  intent.kind = LeafKind::kIntent;
  LeafIndex outcome = NewIndex("a");
  outcome.root = {kSpool, 1};
  Append({NewLeaf(1, intent)});
  EXPECT_THAT(Find({.after = 0}), ElementsAre("1:bytes 1"));
  Append({NewLeaf(2, outcome)});
  EXPECT_THAT(Find({.after = 1}), ElementsAre("2:bytes 1|bytes 2"));
  EXPECT_THAT(Find({.after = 2}), IsEmpty());
}

TEST_P(StoreConformanceTest, EverythingIsThereAfterOpeningAgain) {
  Append({NewLeaf(1, NewIndex("a")), NewLeaf(2, NewIndex("b"))});
  Reopen();
  Append({NewLeaf(2, NewIndex("b")), NewLeaf(3, NewIndex("c"))});
  EXPECT_THAT(Find(), ElementsAre("1:bytes 1", "2:bytes 2", "3:bytes 3"));
}

TEST_P(StoreConformanceTest, UnreadableLeavesAreKeptButBelongToNoRecord) {
  Append({NewLeaf(1, {}), NewLeaf(2, NewIndex("b"))});
  EXPECT_THAT(Find(), ElementsAre("1:bytes 2"));
}

TEST_P(StoreConformanceTest, OneBadLeafStoresNothingOfItsBatch) {
  EXPECT_EQ(
      store_->Append(std::vector{NewLeaf(1, NewIndex("a")), NewLeaf(kMaxSequence + 1, NewIndex("b"))}).code(),
      absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Find(), IsEmpty());
  Append({NewLeaf(1, NewIndex("a"))});
  EXPECT_THAT(Find(), ElementsAre("1:bytes 1"));
}

TEST_P(StoreConformanceTest, OldRecordsAreRemovedInBatches) {
  std::vector<IndexedLeaf> leaves;
  for (uint64_t i = 1; i <= 10; ++i)
    leaves.push_back(NewLeaf(i, NewIndex("r", static_cast<int64_t>(i * 10))));
  Append(leaves);
  EXPECT_EQ(*store_->RemoveBefore(80, 5), 5u);
  EXPECT_EQ(*store_->RemoveBefore(80, 5), 2u);
  EXPECT_EQ(*store_->RemoveBefore(80, 5), 0u);
  EXPECT_THAT(Find(), ElementsAre("8:bytes 8", "9:bytes 9", "10:bytes 10"));
  EXPECT_EQ(*store_->RemoveBefore(1000, 5), 3u);
  Reopen();
  Append({NewLeaf(11, NewIndex("r"))});
  EXPECT_THAT(Find(), ElementsAre("11:bytes 11"));  // rows are never used twice
}

TEST_P(StoreConformanceTest, BytesMayHoldAnything) {
  IndexedLeaf leaf = NewLeaf(1, NewIndex("a'; DROP TABLE leaves; --"));
  leaf.leaf.bytes = std::string("\0\xff'\"\n\0", 6);
  Append({leaf});
  EXPECT_EQ(store_->Find({.request_id = "a'; DROP TABLE leaves; --"})->at(0).leaves.at(0), leaf.leaf.bytes);
}

TEST_P(StoreConformanceTest, ReadersAndTheWriterRunSideBySide) {
  std::atomic<bool> done{false};
  std::jthread reader([&] {
    while (!done) {
      const auto found = store_->Find({.newest_first = true, .limit = 10});
      ASSERT_TRUE(found.ok()) << found.status();
      for (const StoredLeaves& record : *found) ASSERT_EQ(record.leaves.size(), 1u);
    }
  });
  for (uint64_t batch = 0; batch < 50; ++batch) {
    std::vector<IndexedLeaf> leaves;
    for (uint64_t i = 1; i <= 20; ++i) leaves.push_back(NewLeaf(batch * 20 + i, NewIndex("r")));
    Append(leaves);
    if (batch % 10 == 9) {
      EXPECT_TRUE(store_->RemoveBefore(1000, 50).ok());
    }
  }
  done = true;
}

INSTANTIATE_TEST_SUITE_P(
    Stores, StoreConformanceTest,
    ::testing::Values(
        StoreKind{"Sqlite",
                  [](const std::filesystem::path& folder) -> absl::StatusOr<std::unique_ptr<Store>> {
                    return sqlite::SqliteStore::Open({(folder / "audit.db").native()});
                  }},
        StoreKind{"SqliteSynced",
                  [](const std::filesystem::path& folder) -> absl::StatusOr<std::unique_ptr<Store>> {
                    return sqlite::SqliteStore::Open({(folder / "audit.db").native(), true});
                  }}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace portcullis::audit
