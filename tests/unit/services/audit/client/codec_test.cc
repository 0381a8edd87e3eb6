#include <gmock/gmock.h>
#include <google/protobuf/unknown_field_set.h>

#include "portcullis/audit/v1/record.pb.h"
#include "services/audit/api/findings_text.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/stored_record.h"
#include "services/audit/client/translate.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;

std::string Bytes(const Record& record) {
  std::string bytes;
  Encode(record, &bytes);
  return bytes;
}

const LeafId kOwn = {"ffffffffaabbccdd", 5};

// The leaf is kept: an index holds views.
absl::StatusOr<LeafIndex> IndexOf(std::string bytes) {
  static std::deque<Leaf> kept;
  return DecodeIndex(kept.emplace_back(Leaf{kOwn, std::move(bytes)}));
}

// protobuf's own encoder must write the same bytes: then each field stands where the schema says.
void ExpectSameAsProtobuf(const std::string& bytes) {
  v1::Record message;
  ASSERT_TRUE(message.ParseFromString(bytes));
  EXPECT_EQ(message.SerializeAsString(), bytes);
  EXPECT_TRUE(message.GetReflection()->GetUnknownFields(message).empty());
}

TEST(CodecTest, EveryFieldComesBack) {
  const std::string bytes = Bytes(FullRecord());
  ExpectSameAsProtobuf(bytes);
  const auto back = Decode(bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(Bytes(*back), bytes);
  EXPECT_EQ(back->intent, FullRecord().intent);
  EXPECT_EQ(back->user, "Zoë");
  EXPECT_EQ(back->attempts.at(1).latency_us, 812'000u);
  EXPECT_EQ(back->findings.at(0).end, 27u);
  EXPECT_EQ(back->findings.at(0).score, 0.95);
  EXPECT_EQ(back->cost_usd, 0.00123);
  EXPECT_EQ(back->overhead_us, 420u);
}

// Through protobuf's reflection: each field of the schema is set in the full record, so none can be
// forgotten.
TEST(CodecTest, TheFullRecordFillsTheWholeSchema) {
  v1::Record message;
  ASSERT_TRUE(message.ParseFromString(Bytes(FullRecord())));
  std::vector<const google::protobuf::FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  EXPECT_EQ(static_cast<int>(set.size()), v1::Record::descriptor()->field_count());
  EXPECT_EQ(message.tenant(), "acme");
  EXPECT_EQ(message.principal(), "key:42");
  EXPECT_EQ(message.endpoint(), "/v1/chat/completions");
  EXPECT_EQ(message.upstream_model(), "mistral-large-latest");
  EXPECT_EQ(message.findings(0).path(), "messages[1].content");
  EXPECT_EQ(message.request_bytes(), 2048u);
  EXPECT_EQ(message.first_byte_us(), 400'000u);
}

TEST(CodecTest, EmptyAndUnknownAreTwoThings) {
  Record record = SmallRecord("r");
  EXPECT_FALSE(Decode(Bytes(record))->cost_usd.has_value());
  record.cost_usd = 0.0;
  ExpectSameAsProtobuf(Bytes(record));
  EXPECT_EQ(Decode(Bytes(record))->cost_usd, 0.0);
  EXPECT_FALSE(Decode(Bytes(record))->intent.has_value());
}

TEST(CodecTest, LongMessagesInsideHaveLongLengths) {
  Record record = SmallRecord("r");
  for (const size_t size : {100u, 118u, 119u, 120u, 121u, 200u, 16000u, 20000u}) {
    record.findings = {{std::string(size, 'p'), "r", "a", "", "", "", 0, 0, 0}};
    ExpectSameAsProtobuf(Bytes(record));
    EXPECT_EQ(Decode(Bytes(record))->findings.at(0).policy.size(), size);
  }
}

TEST(CodecTest, NegativeNumbersComeBack) {
  Record record = SmallRecord("r", LeafKind::kOutcome, "allow", -5);
  record.http_status = -1;
  ExpectSameAsProtobuf(Bytes(record));
  EXPECT_EQ(Decode(Bytes(record))->http_status, -1);
  EXPECT_EQ(IndexOf(Bytes(record))->time_us, -5);
}

TEST(CodecTest, TextThatIsNotUtf8IsMadeSo) {
  Record record = SmallRecord("r");
  record.user = "caf\xe9!";
  const auto back = Decode(Bytes(record));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->user, "caf\xef\xbf\xbd!");
}

TEST(CodecTest, BytesThatAreNoRecordAreRefused) {
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string("garbage"), std::string()}) {
    EXPECT_EQ(Decode(bytes).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(IndexOf(bytes).status().code(), absl::StatusCode::kInvalidArgument);
  }
  Record record = SmallRecord("");
  EXPECT_THAT(std::string(Decode(Bytes(record)).status().message()), HasSubstr("request id"));
  EXPECT_FALSE(IndexOf(Bytes(record)).ok());
  EXPECT_FALSE(DecodeLink(Bytes(record)).ok());
  record = SmallRecord("r", static_cast<LeafKind>(9));
  EXPECT_THAT(std::string(Decode(Bytes(record)).status().message()), HasSubstr("kind"));
  EXPECT_FALSE(IndexOf(Bytes(record)).ok());
  EXPECT_FALSE(DecodeLink(Bytes(record)).ok());
}

TEST(CodecTest, TheIndexIsReadWithoutTheRest) {
  const Record full = FullRecord();
  const Leaf leaf = {kOwn, Bytes(full)};
  const auto index = DecodeIndex(leaf);
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ(index->kind, LeafKind::kOutcome);
  EXPECT_EQ(index->request_id, "req_1");
  EXPECT_EQ(index->root_spool, "00112233aabbccdd");
  EXPECT_EQ(index->root_sequence, 41u);
  EXPECT_EQ(index->time_us, full.started_us);
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    EXPECT_EQ(index->names[i], full.*kDimensions[i].record) << kDimensions[i].name;
    EXPECT_FALSE(index->names[i].empty()) << kDimensions[i].name;
  }
  EXPECT_EQ(index->findings, "pii-detector email pii.detected; dlp-filter term dlp.seen");
  EXPECT_EQ(index->findings, FindingsText(full.findings));
  EXPECT_EQ(index->http_status, 200);
  EXPECT_EQ(index->prompt_tokens, 120);
  EXPECT_EQ(index->completion_tokens, 450);
  EXPECT_EQ(index->cost_nano_usd, 1'230'000);
  EXPECT_EQ(index->total_us, 812'345);
  for (size_t size = 0; size + 1 < leaf.bytes.size(); ++size) {
    // Cut between fields it may still be a record, but it never reads past its end.
    (void)IndexOf(std::string(leaf.bytes, 0, size));
    (void)DecodeLink(std::string(leaf.bytes, 0, size));
  }
}

TEST(CodecTest, TheLinkIsReadFromTheFirstFields) {
  const std::string bytes = Bytes(FullRecord());
  const auto link = DecodeLink(bytes);
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_EQ(link->kind, LeafKind::kOutcome);
  EXPECT_EQ(link->request_id, "req_1");
  EXPECT_EQ(link->intent_spool, "00112233aabbccdd");
  EXPECT_EQ(link->intent_sequence, 41u);
  EXPECT_EQ(link->time_us, FullRecord().time_us);
  EXPECT_EQ(link->started_us, FullRecord().started_us);
}

// What a newer version may write is passed over; what is no message is refused.
TEST(CodecTest, UnknownFieldsOfEveryTypeArePassedOver) {
  const std::string bytes = Bytes(FullRecord());
  const std::string varint("\xf8\x7f\x96\x01", 4), fixed64(
                                                       "\xf9\x7f"
                                                       "12345678",
                                                       10);
  const std::string text(
      "\xfa\x7f\x03"
      "abc",
      6),
      fixed32(
          "\xfd\x7f"
          "1234",
          6);
  for (const std::string& more : {varint, fixed64, text, fixed32}) {
    EXPECT_EQ(IndexOf(more + bytes + more)->request_id, "req_1");
    EXPECT_EQ(IndexOf(more + bytes)->total_us, 812'345);
    EXPECT_FALSE(IndexOf(bytes + more.substr(0, more.size() - 1)).ok());
  }
  for (const std::string& bad :
       {std::string("\xfb\x7f", 2), std::string("\0", 1), std::string("\x02\x01x", 3),
        std::string(11, '\xff'), std::string("\xfa\x7f\xff\xff\xff\xff\x0f", 7)}) {
    EXPECT_FALSE(IndexOf(bytes + bad).ok());
  }
}

TEST(CodecTest, AnUnknownCostIsNotZero) {
  EXPECT_EQ(IndexOf(Bytes(SmallRecord("r")))->cost_nano_usd, kCostUnknown);
  Record record = SmallRecord("r");
  record.cost_usd = 0;
  EXPECT_EQ(IndexOf(Bytes(record))->cost_nano_usd, 0);
  record.cost_usd = -1;  // no cost
  EXPECT_EQ(IndexOf(Bytes(record))->cost_nano_usd, kCostUnknown);
}

TEST(CodecTest, FindingsAreOneTextOfEachOnce) {
  std::vector<PolicyFinding> findings(3, {"p", "r", "", "", "why", "", 0, 0, 0});
  EXPECT_EQ(FindingsText(findings), "p r why");
  findings.push_back({"p", "r2", "", "", "why", "", 0, 0, 0});
  EXPECT_EQ(FindingsText(findings), "p r why; p r2 why");
  findings.assign(100, {});
  for (size_t i = 0; i < findings.size(); ++i) findings[i].rule = std::string(20, 'x') + std::to_string(i);
  const std::string text = FindingsText(findings);
  EXPECT_LE(text.size(), kMaxFindingsText);
  EXPECT_GT(text.size(), kMaxFindingsText - 40);
}

TEST(CodecTest, AnIntentThatCannotBeOneIsIgnored) {
  Record record = SmallRecord("r");
  for (const LeafId& intent : {LeafId{"nonsense", 1}, LeafId{"00112233aabbccdd", 0},
                               LeafId{"00112233aabbccdd", uint64_t{1} << 40}}) {
    record.intent = intent;
    const auto index = IndexOf(Bytes(record));
    EXPECT_EQ(index->root_spool, kOwn.spool);
    EXPECT_EQ(index->root_sequence, kOwn.sequence);
  }
  record.intent = LeafId{"00112233aabbccdd", 4};
  EXPECT_EQ(IndexOf(Bytes(record))->root_spool, "00112233aabbccdd");
  EXPECT_EQ(IndexOf(Bytes(record))->root_sequence, 4u);
}

v1::AppendRequest Request(std::string spool, std::vector<uint64_t> sequences,
                          const std::string& bytes = "x") {
  v1::AppendRequest request;
  request.set_spool(std::move(spool));
  for (const uint64_t sequence : sequences) {
    auto& leaf = *request.add_leaves();
    leaf.set_sequence(sequence);
    leaf.set_record(bytes);
  }
  return request;
}

TEST(TranslateTest, RequestsAreChecked) {
  constexpr char kSpool[] = "00112233aabbccdd";
  EXPECT_TRUE(FromProto(Request(kSpool, {1, 2})).ok());
  const auto message = [](v1::AppendRequest request) {
    return std::string(FromProto(std::move(request)).status().message());
  };
  EXPECT_THAT(message(Request("short", {1})), HasSubstr("spool"));
  EXPECT_THAT(message(Request(kSpool, {})), HasSubstr("leaves"));
  EXPECT_THAT(message(Request(kSpool, {0})), HasSubstr("leaves[0].sequence"));
  EXPECT_THAT(message(Request(kSpool, {2, 2})), HasSubstr("leaves[1].sequence"));
  EXPECT_THAT(message(Request(kSpool, {1}, "")), HasSubstr("leaves[0].record"));
  EXPECT_THAT(message(Request(kSpool, {1}, std::string(kMaxRecordBytes + 1, 'x'))),
              HasSubstr("leaves[0].record"));
  std::vector<uint64_t> many(kMaxLeavesPerRequest + 1);
  for (size_t i = 0; i < many.size(); ++i) many[i] = i + 1;
  EXPECT_THAT(message(Request(kSpool, many)), HasSubstr("4096"));
}

TEST(TranslateTest, LeavesAreSplitBySpoolAndSize) {
  std::vector<Leaf> leaves;
  for (uint64_t i = 1; i <= 3; ++i) leaves.push_back({{"00112233aabbccdd", i}, "x"});
  for (uint64_t i = 1; i <= 5; ++i)
    leaves.push_back({{"00112233aabbccde", i}, std::string(kMaxRecordBytes, 'x')});
  const auto requests = ToProto(leaves);
  size_t count = 0;
  for (const v1::AppendRequest& request : requests) {
    EXPECT_LE(request.ByteSizeLong(), kMaxRequestBytes);
    EXPECT_TRUE(FromProto(request).ok());
    count += static_cast<size_t>(request.leaves_size());
  }
  EXPECT_EQ(count, leaves.size());
  EXPECT_EQ(requests.at(0).leaves_size(), 3);
}

TEST(TranslateTest, QueriesComeBack) {
  Query query = {1, 2, "block", "req", "acme", 7, true, 9};
  const auto back = FromProto(ToProto(query));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->since_us, 1);
  EXPECT_EQ(back->until_us, 2);
  EXPECT_EQ(back->verdict, "block");
  EXPECT_EQ(back->request_id, "req");
  EXPECT_EQ(back->tenant, "acme");
  EXPECT_EQ(back->after, 7u);
  EXPECT_TRUE(back->newest_first);
  EXPECT_EQ(back->limit, 9u);
  EXPECT_EQ(FromProto(v1::FindRequest())->limit, 100u);
  v1::FindRequest both = ToProto(query);
  both.set_follow(true);
  EXPECT_EQ(FromProto(both).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TranslateTest, StoredRecordsComeBack) {
  const auto back = FromProto(ToProto(StoredRecord{17, {"00112233aabbccdd", 3}, FullRecord()}));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->row, 17u);
  EXPECT_EQ(back->root, (LeafId{"00112233aabbccdd", 3}));
  EXPECT_EQ(Bytes(back->record), Bytes(FullRecord()));
}

}  // namespace
}  // namespace portcullis::audit
