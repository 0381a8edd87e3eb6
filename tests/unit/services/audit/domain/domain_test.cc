#include <gmock/gmock.h>

#include <algorithm>

#include "services/audit/client/record_codec.h"
#include "services/audit/domain/merge.h"
#include "services/audit/domain/query.h"
#include "services/audit/domain/stats.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;

// The encoding covers every field, so equal bytes mean equal records.
std::string Bytes(const Record& record) {
  std::string bytes;
  Encode(record, &bytes);
  return bytes;
}

Record Intent() {
  Record r = SmallRecord("req_1", LeafKind::kIntent, "allow", 100);
  r.tenant = "acme";
  r.model = "mistral-large";
  r.policy_us = 12;
  return r;
}

Record Outcome() {
  Record r = SmallRecord("req_1", LeafKind::kOutcome, "redact", 100);
  r.time_us = 900;
  r.outcome = "ok";
  r.completion_tokens = 50;
  r.attempts = {{"t", "m", "ok", 200, 5}};
  return r;
}

Record Amendment(int64_t time_us, std::string reason) {
  Record r = SmallRecord("req_1", LeafKind::kAmendment, "", 0);
  r.time_us = time_us;
  r.outcome = "cancelled";
  r.reason_code = std::move(reason);
  r.completion_tokens = 60;
  return r;
}

TEST(MergeTest, TheOutcomeIsLaidOverTheIntent) {
  const Record merged = Merge({Intent(), Outcome()});
  EXPECT_EQ(merged.kind, LeafKind::kOutcome);
  EXPECT_EQ(merged.verdict, "redact");
  EXPECT_EQ(merged.tenant, "acme");
  EXPECT_EQ(merged.model, "mistral-large");
  EXPECT_EQ(merged.policy_us, 12u);
  EXPECT_EQ(merged.time_us, 900);
  EXPECT_EQ(merged.started_us, 100);
}

TEST(MergeTest, AmendmentsAreLaidOverTheOutcomeByTheirTime) {
  const Record merged = Merge({Amendment(2000, "late"), Intent(), Amendment(1000, "early"), Outcome()});
  EXPECT_EQ(merged.kind, LeafKind::kAmendment);
  EXPECT_EQ(merged.outcome, "cancelled");
  EXPECT_EQ(merged.reason_code, "late");
  EXPECT_EQ(merged.verdict, "redact");
  EXPECT_EQ(merged.completion_tokens, 60u);
  EXPECT_EQ(merged.attempts.size(), 1u);
}

TEST(MergeTest, OrderMakesNoDifferenceAndRepeatingNeither) {
  std::vector<Record> leaves = {Intent(), Outcome(), Amendment(1000, "a"), Amendment(2000, "b")};
  const std::string expected = Bytes(Merge(leaves));
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    std::vector<Record> shuffled;
    for (const size_t i : order) shuffled.push_back(leaves[i]);
    EXPECT_EQ(Bytes(Merge(shuffled)), expected);
    shuffled.push_back(leaves[order[0]]);
    EXPECT_EQ(Bytes(Merge(shuffled)), expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(MergeTest, AMergedRecordStandsForItsLeaves) {
  const std::string expected = Bytes(Merge({Intent(), Outcome(), Amendment(1000, "a")}));
  EXPECT_EQ(Bytes(Merge({Merge({Intent(), Outcome()}), Amendment(1000, "a")})), expected);
  EXPECT_EQ(Bytes(Merge({Outcome(), Merge({Intent(), Outcome(), Amendment(1000, "a")})})), expected);
}

TEST(MergeTest, EveryFieldIsLaidOver) {
  Record intent;
  intent.kind = LeafKind::kIntent;
  EXPECT_EQ(Bytes(Merge({intent, FullRecord()})), Bytes(FullRecord()));
  Record empty_outcome;
  empty_outcome.kind = LeafKind::kOutcome;
  Record full_intent = FullRecord();
  full_intent.kind = LeafKind::kIntent;
  EXPECT_EQ(Bytes(Merge({full_intent, empty_outcome})), Bytes(FullRecord()));
}

TEST(MergeTest, TheRootIsTheIntentOrTheLeafItself) {
  EXPECT_EQ(RootOf({"a", 1}, FullRecord()), *FullRecord().intent);
  EXPECT_EQ(RootOf({"a", 1}, Intent()), (LeafId{"a", 1}));
}

TEST(QueryTest, LimitsAreChecked) {
  EXPECT_TRUE(Validate(Query{}).ok());
  const auto message = [](auto change) {
    Query query;
    change(query);
    const absl::Status status = Validate(query);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(message([](Query& q) { q.limit = 0; }), HasSubstr("limit"));
  EXPECT_THAT(message([](Query& q) { q.limit = 10001; }), HasSubstr("10000"));
  EXPECT_THAT(message([](Query& q) { q.since_us = -1; }), HasSubstr("since"));
  EXPECT_THAT(message([](Query& q) { q.since_us = 5, q.until_us = 5; }), HasSubstr("until"));
  EXPECT_THAT(message([](Query& q) { q.verdict = "maybe"; }), HasSubstr("verdict"));
  EXPECT_THAT(message([](Query& q) { q.tenant = std::string(257, 'x'); }), HasSubstr("tenant"));
}

TEST(QueryTest, SelectsByEveryField) {
  const Record record = FullRecord();
  const auto selects = [&](auto change) {
    Query query;
    change(query);
    return Selects(query, record);
  };
  const int64_t time = record.started_us;
  EXPECT_TRUE(selects([](Query&) {}));
  EXPECT_TRUE(selects([&](Query& q) { q.since_us = time, q.until_us = time + 1; }));
  EXPECT_FALSE(selects([&](Query& q) { q.since_us = time + 1; }));
  EXPECT_FALSE(selects([&](Query& q) { q.until_us = time; }));
  EXPECT_TRUE(selects([](Query& q) { q.verdict = "redact", q.request_id = "req_1", q.tenant = "acme"; }));
  EXPECT_FALSE(selects([](Query& q) { q.verdict = "allow"; }));
  EXPECT_FALSE(selects([](Query& q) { q.request_id = "req_2"; }));
  EXPECT_FALSE(selects([](Query& q) { q.tenant = "other"; }));
}

TEST(MergeTest, AnInterruptedOutcomeYieldsToARealOneWhateverCameFirst) {
  Record interrupted = SmallRecord("req_1", LeafKind::kOutcome, "", 100);
  interrupted.time_us = 5000;
  interrupted.outcome = kInterrupted;
  interrupted.reason_code = "process_ended";
  EXPECT_EQ(Merge({Intent(), interrupted}).outcome, "interrupted");
  EXPECT_EQ(Merge({Intent(), interrupted}).verdict, "allow");
  EXPECT_EQ(Bytes(Merge({Intent(), interrupted})), Bytes(Merge({interrupted, Intent(), interrupted})));
  EXPECT_EQ(Merge({Intent(), interrupted, Outcome()}).outcome, "ok");
  EXPECT_EQ(Merge({Outcome(), interrupted, Intent()}).outcome, "ok");
  EXPECT_EQ(Merge({Amendment(1000, "early"), interrupted}).outcome, "cancelled");
}

TEST(QueryTest, SelectsByTextAndCost) {
  Record record = SmallRecord("r");
  record.findings = {{"pii-detector", "email", "redact", "input", "pii.detected", "", 1, 0, 0}};
  Query query;
  query.text = "PII.det";
  EXPECT_TRUE(Selects(query, record));
  query.text = "iban";
  EXPECT_FALSE(Selects(query, record));
  query = {};
  query.min_cost_usd = 0.5;
  EXPECT_FALSE(Selects(query, record));
  record.cost_usd = 0.5;
  EXPECT_TRUE(Selects(query, record));
  query.max_cost_usd = 0.4;
  EXPECT_THAT(std::string(Validate(query).message()), HasSubstr("min_cost_usd"));
  query.max_cost_usd = -1;
  EXPECT_THAT(std::string(Validate(query).message()), HasSubstr("dollars"));
  query = {};
  query.model = std::string(kMaxQueryText + 1, 'm');
  EXPECT_THAT(std::string(Validate(query).message()), HasSubstr("model"));
}

TEST(StatsTest, BadQueriesAreRefused) {
  StatsQuery query;
  EXPECT_TRUE(Validate(query).ok());
  query.by = {"tenant", "status", "day"};
  EXPECT_TRUE(Validate(query).ok());
  query.by = {"colour"};
  EXPECT_THAT(std::string(Validate(query).message()), HasSubstr("endpoint, status, hour or day"));
  query.by = {"tenant", "user", "model", "day"};
  EXPECT_THAT(std::string(Validate(query).message()), HasSubstr("3"));
  query = {};
  query.limit = 0;
  EXPECT_FALSE(Validate(query).ok());
}

TEST(QuantilesTest, ExactForFewAndNearForMany) {
  Quantiles few;
  EXPECT_EQ(few.At(0.5), 0u);
  for (const uint32_t value : {9u, 1u, 5u}) few.Add(value);
  EXPECT_EQ(few.At(0), 1u);
  EXPECT_EQ(few.At(0.5), 5u);
  EXPECT_EQ(few.At(0.95), 9u);
  Quantiles many, halves[2];
  for (uint32_t i = 1; i <= 200'000; ++i) {
    const uint32_t value = (i * 7919u) % 200'003 + 1;
    many.Add(value);
    halves[i % 2].Add(value);
  }
  for (const double share : {0.01, 0.5, 0.95, 0.999}) {
    EXPECT_GE(many.At(share), share * 199'000) << share;
    EXPECT_LE(many.At(share), share * 200'003 * 1.017 + 1) << share;
  }
  halves[0].Add(halves[1]);
  halves[0].Add(few);
  EXPECT_EQ(halves[0].count(), 200'003u);
  EXPECT_NEAR(halves[0].At(0.5), many.At(0.5), many.At(0.5) * 0.02);
  Quantiles edges;
  for (int i = 0; i < 70'000; ++i) edges.Add(0xffffffffu);
  EXPECT_EQ(edges.At(0.5), 0xffffffffu);
}

}  // namespace
}  // namespace portcullis::audit
