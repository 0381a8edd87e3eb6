// What every store must do with records.
#include <gmock/gmock.h>

#include <algorithm>

#include "services/audit/api/content.h"
#include "services/audit/domain/query_json.h"
#include "tests/unit/services/audit/audit_testing.h"
#include "tests/unit/services/audit/support/store_kinds.h"

namespace portcullis::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSpool[] = "00112233aabbccdd";

class StoreConformanceTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  StoreConformanceTest() : open_(GetParam().make(folder_.path())) { Reopen(); }

  void Reopen() {
    store_.reset();
    auto store = open_();
    if (!store.ok()) GTEST_FAIL() << store.status();
    store_ = *std::move(store);
  }

  static IndexedLeaf NewLeaf(uint64_t sequence, LeafIndex index, std::string spool = kSpool) {
    return NewIndexedLeaf({std::move(spool), sequence}, "bytes " + std::to_string(sequence),
                          std::move(index));
  }
  static void SetRoot(LeafIndex& index, const char* spool, uint64_t sequence) {
    index.root_spool = spool;
    index.root_sequence = sequence;
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
  const OpenStore open_;
  std::unique_ptr<AuditStore> store_;
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
  SetRoot(outcome, kSpool, 1);
  Append({NewLeaf(1, intent), NewLeaf(2, NewIndex("b"))});
  Append({NewLeaf(3, outcome)});
  EXPECT_THAT(Find(), ElementsAre("2:bytes 2", "3:bytes 1|bytes 3"));
  EXPECT_THAT(Find({.verdict = "block"}), ElementsAre("3:bytes 1|bytes 3"));
}

TEST_P(StoreConformanceTest, TheOutcomeMayArriveBeforeTheIntent) {
  LeafIndex intent = NewIndex("a", 100, "redact");
  intent.kind = LeafKind::kIntent;
  LeafIndex outcome = NewIndex("a", 100, "block");
  SetRoot(outcome, kSpool, 1);
  Append({NewLeaf(3, outcome, "ffffffffffffffff")});
  Append({NewLeaf(1, intent)});
  EXPECT_THAT(Find({.verdict = "block"}), ElementsAre("2:bytes 3|bytes 1"));
  EXPECT_THAT(Find({.verdict = "redact"}), IsEmpty());
}

TEST_P(StoreConformanceTest, LeavesOfOneRootInOneBatchAreOneRecordInAnyOrder) {
  LeafIndex intent = NewIndex("a", 100, "redact", "acme");
  intent.kind = LeafKind::kIntent;
  LeafIndex outcome = NewIndex("a", 100, "block");
  SetRoot(outcome, kSpool, 1);
  LeafIndex amendment = NewIndex("a", 100, "");
  amendment.kind = LeafKind::kAmendment;
  SetRoot(amendment, kSpool, 1);
  Append({NewLeaf(1, intent), NewLeaf(2, NewIndex("b")), NewLeaf(3, outcome), NewLeaf(4, amendment)});
  EXPECT_THAT(Find(), ElementsAre("1:bytes 1|bytes 3|bytes 4", "2:bytes 2"));
  SetRoot(intent, "ffffffffffffffff", 1);
  SetRoot(outcome, "ffffffffffffffff", 1);
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
  SetRoot(outcome, kSpool, 1);
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
  EXPECT_EQ(*RemoveBefore(*store_, 80, 5), 5u);
  EXPECT_EQ(*RemoveBefore(*store_, 80, 5), 2u);
  EXPECT_EQ(*RemoveBefore(*store_, 80, 5), 0u);
  EXPECT_THAT(Find(), ElementsAre("8:bytes 8", "9:bytes 9", "10:bytes 10"));
  EXPECT_EQ(*RemoveBefore(*store_, 1000, 5), 3u);
  Reopen();
  Append({NewLeaf(11, NewIndex("r"))});
  EXPECT_THAT(Find(), ElementsAre("11:bytes 11"));  // rows are never used twice
}

Hold NewHold(std::string id, Query query) { return {std::move(id), 5, "ann", "case 7", std::move(query)}; }

TEST_P(StoreConformanceTest, HoldsAreKeptUntilTheyAreReleased) {
  Query query = {.since_us = 5, .until_us = 9, .request_id = "r\"1", .tenant = "acme"};
  query.text = "pii";
  query.min_cost_usd = 0.25;
  ASSERT_TRUE(store_->AddHold(NewHold("b", query)).ok());
  ASSERT_TRUE(store_->AddHold(NewHold("a", {.user = "zoe"})).ok());
  EXPECT_EQ(store_->AddHold(NewHold("a", {})).code(), absl::StatusCode::kAlreadyExists);
  Reopen();
  const auto holds = store_->Holds();
  ASSERT_TRUE(holds.ok()) << holds.status();
  ASSERT_EQ(holds->size(), 2u);
  EXPECT_EQ(holds->at(0).query.user, "zoe");
  const Hold& hold = holds->at(1);
  EXPECT_EQ(hold.by + hold.reason, "anncase 7");
  EXPECT_EQ(hold.time_us, 5);
  EXPECT_EQ(QueryJson(hold.query), QueryJson(query));
  EXPECT_TRUE(*store_->ReleaseHold("a"));
  EXPECT_FALSE(*store_->ReleaseHold("a"));
  EXPECT_EQ(store_->Holds()->size(), 1u);
}

TEST_P(StoreConformanceTest, WhatAHoldSelectsStaysByAnyOfItsFields) {
  std::vector<IndexedLeaf> leaves;
  for (uint64_t i = 1; i <= 8; ++i) {
    LeafIndex index =
        NewIndex("r" + std::to_string(i), static_cast<int64_t>(i * 10), "allow", i <= 2 ? "x" : "y");
    if (i == 3) index.names[NameIndex("user")] = "zoe";
    if (i == 4) index.cost_nano_usd = 2'000'000'000;
    if (i == 5) index.findings = "pii-detector email pii.detected";
    leaves.push_back(NewLeaf(i, index));
  }
  Append(leaves);
  const Query queries[] = {{.since_us = 20, .tenant = "x"},
                           {.user = "zoe"},
                           {.min_cost_usd = 1},
                           {.text = "EMAIL"},
                           {.request_id = "r6"},
                           {.user = "nobody"},
                           {.tenant = "y", .user = "nobody"}};
  for (const Query& query : queries) {
    ASSERT_TRUE(store_->AddHold(NewHold(std::to_string(&query - queries), query)).ok());
  }
  Removal removal;
  removal.query.until_us = 1000;
  const auto removed = store_->Remove(removal);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->records, 3u);
  EXPECT_EQ(removed->held, 5u);
  EXPECT_EQ(removed->after, 0u);
  EXPECT_THAT(Find(), ElementsAre("2:bytes 2", "3:bytes 3", "4:bytes 4", "5:bytes 5", "6:bytes 6"));
  ASSERT_TRUE(*store_->ReleaseHold("1"));
  EXPECT_EQ(store_->Remove(removal)->records, 1u);
  EXPECT_THAT(Find({.user = "zoe"}), IsEmpty());
}

// A leaf with content of this subject; "" = in the clear.
IndexedLeaf WithContent(IndexedLeaf leaf, const std::string& subject, const std::string& body) {
  ContentEnvelope envelope;
  envelope.body = body;
  if (!subject.empty()) {
    envelope.subject = subject + std::string(kSubjectBytes - subject.size(), '.');
    envelope.key_id = "k1";
    envelope.key = "key of " + body;
  }
  leaf.leaf.content = Pack(envelope);
  return leaf;
}

TEST_P(StoreConformanceTest, ContentComesBackAsItCameAndIsStoredOnce) {
  LeafIndex intent = NewIndex("a", 100, "");
  intent.kind = LeafKind::kIntent;
  LeafIndex outcome = NewIndex("a");
  SetRoot(outcome, kSpool, 1);
  const std::vector<IndexedLeaf> leaves = {
      WithContent(NewLeaf(1, intent), "zoe", std::string("in\0put", 6)), NewLeaf(2, NewIndex("b")),
      WithContent(NewLeaf(3, outcome), "zoe", "output"), WithContent(NewLeaf(4, NewIndex("c")), "", "clear")};
  for (int time = 0; time < 2; ++time) {
    Append(leaves);
    const auto contents = store_->Contents({kSpool, 1});
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_THAT(*contents, ElementsAre(leaves[0].leaf.content, leaves[2].leaf.content));
    EXPECT_THAT(*store_->Contents({kSpool, 2}), IsEmpty());
    EXPECT_THAT(*store_->Contents({kSpool, 4}), ElementsAre(leaves[3].leaf.content));
    EXPECT_THAT(*store_->Contents({"ffffffffffffffff", 1}), IsEmpty());
    Reopen();
  }
}

TEST_P(StoreConformanceTest, ContentGoesWithItsRecordAndTheKeyWithTheLastContentOfItsSubject) {
  Append({WithContent(NewLeaf(1, NewIndex("a", 10)), "zoe", "one"),
          WithContent(NewLeaf(2, NewIndex("b", 20)), "zoe", "two"),
          WithContent(NewLeaf(3, NewIndex("c", 10)), "max", "three"), NewLeaf(4, NewIndex("d", 10))});
  const uint64_t size = *store_->TreeSize();
  Removal removal;
  removal.query.until_us = 15;
  auto removed = store_->Remove(removal);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->records, 3u);
  EXPECT_EQ(removed->contents, 2u);
  EXPECT_EQ(removed->keys, 1u);
  EXPECT_THAT(*store_->Contents({kSpool, 1}), IsEmpty());
  EXPECT_EQ(store_->Contents({kSpool, 2})->size(), 1u);
  Append({WithContent(NewLeaf(1, NewIndex("a", 10)), "zoe", "one")});  // sent again
  EXPECT_THAT(*store_->Contents({kSpool, 1}), IsEmpty());
  removal.query.until_us = 0;
  removed = store_->Remove(removal);
  EXPECT_EQ(removed->keys, 1u);
  EXPECT_EQ(*store_->TreeSize(), size);
}

TEST_P(StoreConformanceTest, ContentAloneGoesUnlessAHoldSelectsItsRecord) {
  const std::vector<IndexedLeaf> leaves = {WithContent(NewLeaf(1, NewIndex("a", 10)), "zoe", "one"),
                                           WithContent(NewLeaf(2, NewIndex("b", 10)), "zoe", "two"),
                                           NewLeaf(3, NewIndex("c", 10))};
  Append(leaves);
  ASSERT_TRUE(store_->AddHold(NewHold("h", {.request_id = "b"})).ok());
  Removal removal;
  removal.only_content = true;
  const auto removed = store_->Remove(removal);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->records, 1u);
  EXPECT_EQ(removed->held, 1u);
  EXPECT_EQ(removed->contents, 1u);
  EXPECT_EQ(removed->keys, 0u);
  EXPECT_THAT(Find(), ElementsAre("1:bytes 1", "2:bytes 2", "3:bytes 3"));
  EXPECT_THAT(*store_->Contents({kSpool, 1}), IsEmpty());
  EXPECT_EQ(store_->Contents({kSpool, 2})->size(), 1u);
  Append(leaves);
  EXPECT_THAT(*store_->Contents({kSpool, 1}), IsEmpty());
  ASSERT_TRUE(*store_->ReleaseHold("h"));
  EXPECT_EQ(store_->Remove(removal)->keys, 1u);
  EXPECT_EQ(store_->Remove(removal)->records, 0u);
}

TEST_P(StoreConformanceTest, ARemovalGoesOnBehindWhatItKeeps) {
  std::vector<IndexedLeaf> leaves;
  for (uint64_t i = 1; i <= 10; ++i)
    leaves.push_back(NewLeaf(i, NewIndex("r", 10, "allow", i <= 6 ? "x" : "y")));
  Append(leaves);
  Removal removal;
  removal.query.limit = 4;
  removal.keep = {{.tenant = "x"}};
  auto step = store_->Remove(removal);
  EXPECT_EQ(step->records, 0u);
  EXPECT_EQ(step->after, 4u);
  removal.query.after = step->after;
  step = store_->Remove(removal);
  EXPECT_EQ(step->records, 2u);
  EXPECT_EQ(step->after, 8u);
  removal.query.after = step->after;
  step = store_->Remove(removal);
  EXPECT_EQ(step->records, 2u);
  EXPECT_EQ(step->after, 0u);
  EXPECT_EQ(Find().size(), 6u);
}

TEST_P(StoreConformanceTest, ARemovedLeafThatIsSentAgainIsNotStoredAgain) {
  std::vector<IndexedLeaf> leaves;
  for (uint64_t i = 1; i <= 6; ++i) leaves.push_back(NewLeaf(i, NewIndex("r", static_cast<int64_t>(i))));
  leaves.push_back(NewLeaf(1, NewIndex("other", 100), "ffffffffffffffff"));
  Append(leaves);
  ASSERT_EQ(*RemoveBefore(*store_, 5, 10), 4u);
  const uint64_t size = *store_->TreeSize();
  for (const bool again : {false, true}) {
    if (again) Reopen();
    Append(leaves);
    EXPECT_THAT(Find(), ElementsAre("5:bytes 5", "6:bytes 6", "7:bytes 1"));
    EXPECT_EQ(*store_->TreeSize(), size);
  }
  Append({leaves[1], NewLeaf(8, NewIndex("new"))});
  EXPECT_EQ(Find().size(), 4u);
  EXPECT_EQ(*store_->TreeSize(), size + 1);
}

// Sequence 2 never came, and 3 was removed: it is new all the same.
TEST_P(StoreConformanceTest, ALeafThatCameLateIsStoredEvenBehindRemovedOnes) {
  Append({NewLeaf(1, NewIndex("a", 1)), NewLeaf(3, NewIndex("c", 1))});
  ASSERT_EQ(*RemoveBefore(*store_, 5, 10), 2u);
  Append({NewLeaf(1, NewIndex("a", 1)), NewLeaf(2, NewIndex("b", 9)), NewLeaf(3, NewIndex("c", 1))});
  EXPECT_THAT(Find(), ElementsAre("3:bytes 2"));
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
      EXPECT_TRUE(RemoveBefore(*store_, 1000, 50).ok());
    }
  }
  done = true;
}

TEST_P(StoreConformanceTest, QueriesSelectByEveryDimension) {
  std::vector<IndexedLeaf> leaves;
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    LeafIndex index = NewIndex("r");
    index.names[i] = Keep("value " + std::to_string(i));
    leaves.push_back(NewLeaf(i + 1, index));
  }
  Append(leaves);
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    Query query;
    query.*kDimensions[i].query = "value " + std::to_string(i);
    const std::string row = std::to_string(i + 1);
    EXPECT_THAT(Find(query), ElementsAre(row + ":bytes " + row)) << kDimensions[i].name;
    query.*kDimensions[i].query = "value";
    EXPECT_THAT(Find(query), IsEmpty()) << kDimensions[i].name;
  }
  EXPECT_THAT(Find({.verdict = "allow", .user = "value 1"}), ElementsAre("2:bytes 2"));
  EXPECT_THAT(Find({.tenant = "value 0", .user = "value 1"}), IsEmpty());
}

TEST_P(StoreConformanceTest, TextIsFoundInReasonsAndFindings) {
  LeafIndex reason = NewIndex("a");
  reason.names[NameIndex("reason")] = "PII.detected";
  LeafIndex finding = NewIndex("b");
  finding.names[NameIndex("reason")] = "all_policies_passed";
  finding.findings = "pii-detector email pii.detected";
  LeafIndex user = NewIndex("c");
  user.names[NameIndex("user")] = "pii.detected";
  Append({NewLeaf(1, reason), NewLeaf(2, finding), NewLeaf(3, user)});
  EXPECT_THAT(Find({.text = "pii.det"}), ElementsAre("1:bytes 1", "2:bytes 2"));
  EXPECT_THAT(Find({.text = "EMAIL"}), ElementsAre("2:bytes 2"));
  EXPECT_THAT(Find({.newest_first = true, .text = "_"}), ElementsAre("2:bytes 2"));  // no pattern
  EXPECT_THAT(Find({.text = "%"}), IsEmpty());
}

TEST_P(StoreConformanceTest, QueriesSelectByCost) {
  std::vector<IndexedLeaf> leaves;
  for (const int64_t cost : {int64_t{0}, int64_t{1'000'000}, int64_t{2'000'000'000}, kCostUnknown}) {
    LeafIndex index = NewIndex("r");
    index.cost_nano_usd = cost;
    leaves.push_back(NewLeaf(leaves.size() + 1, index));
  }
  Append(leaves);
  EXPECT_THAT(Find({.min_cost_usd = 0.001}), ElementsAre("2:bytes 2", "3:bytes 3"));
  EXPECT_THAT(Find({.max_cost_usd = 0.001}), ElementsAre("1:bytes 1", "2:bytes 2"));
  EXPECT_THAT(Find({.min_cost_usd = 0.5, .max_cost_usd = 3}), ElementsAre("3:bytes 3"));
}

TEST_P(StoreConformanceTest, AnInterruptedOutcomeYieldsToARealOne) {
  LeafIndex intent = NewIndex("a");
  intent.kind = LeafKind::kIntent;
  LeafIndex interrupted = NewIndex("a", 100, "");
  interrupted.names[NameIndex("outcome")] = kInterrupted;
  SetRoot(interrupted, kSpool, 1);
  LeafIndex real = NewIndex("a", 100, "block");
  real.names[NameIndex("outcome")] = "ok";
  SetRoot(real, kSpool, 1);
  Append({NewLeaf(1, intent), NewLeaf(2, interrupted)});
  EXPECT_THAT(Find({.verdict = "allow", .outcome = "interrupted"}), ElementsAre("1:bytes 1|bytes 2"));
  Append({NewLeaf(3, real)});
  EXPECT_THAT(Find({.outcome = "interrupted"}), IsEmpty());
  EXPECT_THAT(Find({.verdict = "block", .outcome = "ok"}), ElementsAre("2:bytes 1|bytes 2|bytes 3"));
  Append({NewLeaf(4, interrupted)});
  EXPECT_THAT(Find({.outcome = "interrupted"}), IsEmpty());
}

// More than fit one block of an index, some moved, some removed.
TEST_P(StoreConformanceTest, ManyRecordsAreFoundByAnyFilterInAnyOrder) {
  constexpr uint64_t kRecords = 5000;
  const auto user_of = [](uint64_t i) { return i % 700 == 0 ? "rare" : "user " + std::to_string(i % 50); };
  for (uint64_t begin = 1; begin <= kRecords; begin += 250) {
    std::vector<IndexedLeaf> leaves;
    for (uint64_t i = begin; i < begin + 250; ++i) {
      LeafIndex index = NewIndex("r" + std::to_string(i), static_cast<int64_t>(i));
      index.names[NameIndex("user")] = Keep(user_of(i));
      index.cost_nano_usd = static_cast<int64_t>(i);
      leaves.push_back(NewLeaf(i, index));
    }
    Append(leaves);
    if (begin == 2501) Reopen();
  }
  LeafIndex amendment = NewIndex("r1400");
  amendment.kind = LeafKind::kAmendment;
  SetRoot(amendment, kSpool, 1400);
  Append({NewLeaf(kRecords + 1, amendment)});
  ASSERT_EQ(*RemoveBefore(*store_, 1000, 10'000), 999u);
  for (const bool newest_first : {false, true}) {
    std::vector<std::string> expected = {"2100:bytes 2100", "2800:bytes 2800", "3500:bytes 3500",
                                         "4200:bytes 4200", "4900:bytes 4900", "5001:bytes 1400|bytes 5001"};
    if (newest_first) std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(Find({.newest_first = newest_first, .user = "rare"}), expected);
  }
  EXPECT_EQ(Find({.since_us = 3000, .until_us = 3010, .limit = 1000}).size(), 10u);
  EXPECT_EQ(Find({.limit = 1000, .min_cost_usd = 4995e-9}).size(), 6u);
  EXPECT_THAT(Find({.request_id = "r4000"}), ElementsAre("4000:bytes 4000"));
  EXPECT_EQ(Find({.after = 4000, .limit = 10'000}).size(), 1001u);
  EXPECT_EQ(Find({.after = 1500, .newest_first = true, .limit = 10'000}).size(), 499u);
  EXPECT_EQ(store_->Aggregate({.query = {.user = "rare"}})->total.records, 6u);
}

TEST_P(StoreConformanceTest, FiguresByAnyField) {
  std::vector<IndexedLeaf> leaves;
  for (uint64_t i = 1; i <= 100; ++i) {
    LeafIndex index =
        NewIndex("r", 3'600'000'000 * static_cast<int64_t>(i % 2), i % 4 == 0 ? "block" : "allow");
    index.names[NameIndex("model")] = i % 2 == 0 ? "large" : "small";
    index.http_status = i % 4 == 0 ? 400 : 200;
    index.prompt_tokens = 10;
    index.completion_tokens = static_cast<int64_t>(i);
    index.total_us = static_cast<int64_t>(1000 * i);
    if (i > 20) index.cost_nano_usd = 500'000'000;
    leaves.push_back(NewLeaf(i, index));
  }
  Append(leaves);
  auto stats = store_->Aggregate({});
  ASSERT_TRUE(stats.ok()) << stats.status();
  ASSERT_EQ(stats->groups.size(), 1u);
  EXPECT_EQ(stats->total.records, 100u);
  EXPECT_EQ(stats->total.prompt_tokens, 1000u);
  EXPECT_EQ(stats->total.completion_tokens, 5050u);
  EXPECT_DOUBLE_EQ(stats->total.cost_usd, 40);
  EXPECT_EQ(stats->total.cost_unknown, 20u);
  EXPECT_EQ(stats->total.p50_us, 50'000u);
  EXPECT_EQ(stats->total.p95_us, 95'000u);
  stats = store_->Aggregate({.by = {"verdict", "model"}});
  ASSERT_EQ(stats->groups.size(), 3u);
  EXPECT_THAT(stats->groups[0].values, ElementsAre("allow", "small"));
  EXPECT_EQ(stats->groups[0].records, 50u);
  EXPECT_THAT(stats->groups[1].values, ElementsAre("allow", "large"));
  EXPECT_THAT(stats->groups[2].values, ElementsAre("block", "large"));
  EXPECT_EQ(stats->groups[2].p50_us, 52'000u);
  stats = store_->Aggregate({.query = {.verdict = "block"}, .by = {"status", "hour"}, .limit = 1});
  ASSERT_EQ(stats->groups.size(), 1u);
  EXPECT_THAT(stats->groups[0].values, ElementsAre("400", "1970-01-01T00"));
  EXPECT_EQ(stats->total.records, 25u);
  stats = store_->Aggregate({.by = {"hour"}, .limit = 1});
  EXPECT_EQ(stats->groups_found, 2u);
  EXPECT_THAT(store_->Aggregate({.by = {"user", "day"}})->groups.at(0).values, ElementsAre("", "1970-01-01"));
  EXPECT_EQ(store_->Aggregate({.query = {.user = "nobody"}})->total.records, 0u);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreConformanceTest, ::testing::ValuesIn(StoreKinds()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace portcullis::audit
