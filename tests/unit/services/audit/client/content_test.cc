// Captured content on its way from the edge: sealed, beside its leaf, in the spool, to the audit service.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/crypto/hex.h"
#include "services/audit/client/content_keys.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/record_pipeline.h"
#include "services/audit/client/spool_entry.h"
#include "services/audit/client/translate.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "zoe's diagnosis is nobody's business";

ContentText Text(std::string text, bool truncated = false) {
  return {kInputPart, std::move(text), truncated, std::string(kSaltBytes, 's')};
}

ContentKeys Keys(const std::string& id, const crypto::SealKey& key) {
  ContentKeys keys;
  keys.Add(id, key);
  return keys;
}

TEST(ContentTest, ASealedTextOpensWithItsMasterKeyAlone) {
  const crypto::SealKey key = crypto::RandomKey();
  const Record record = SmallRecord("r1");
  const ContentEnvelope envelope = Keys("k1", key).Seal(record, {Text(kSecret, true)}, true);
  EXPECT_EQ(envelope.key_id, "k1");
  EXPECT_THAT(Pack(envelope), Not(HasSubstr("diagnosis")));
  const auto opened = Keys("k1", key).Open("r1", envelope);
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_EQ(opened->size(), 1u);
  EXPECT_EQ(opened->at(0).text, kSecret);
  EXPECT_TRUE(opened->at(0).truncated);
  EXPECT_EQ(Keys("k1", crypto::RandomKey()).Open("r1", envelope).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Keys("k2", key).Open("r1", envelope).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Keys("k1", key).Open("r2", envelope).status().code(), absl::StatusCode::kDataLoss);
  ContentEnvelope altered = envelope;
  altered.body.back() ^= 1;
  EXPECT_EQ(Keys("k1", key).Open("r1", altered).status().code(), absl::StatusCode::kDataLoss);
  altered = envelope;
  altered.key[0] ^= 1;
  EXPECT_EQ(Keys("k1", key).Open("r1", altered).status().code(), absl::StatusCode::kDataLoss);
}

TEST(ContentTest, TheFirstKeySealsAndAllOpen) {
  const crypto::SealKey old_key = crypto::RandomKey();
  const Record record = SmallRecord("r1");
  const ContentEnvelope old = Keys("old", old_key).Seal(record, {Text("then")}, true);
  ContentKeys keys = Keys("new", crypto::RandomKey());
  keys.Add("old", old_key);
  EXPECT_EQ(keys.Seal(record, {Text("now")}, true).key_id, "new");
  EXPECT_EQ(keys.Open("r1", old)->at(0).text, "then");
}

TEST(ContentTest, ACommitmentFitsOneTextAndOneSalt) {
  const ContentText text = Text("hello");
  const ContentCommitment commitment = CommitmentTo(text, kEncryptedForm);
  EXPECT_EQ(commitment.sha256, crypto::Hex(crypto::Sha256Of(std::string(kSaltBytes, 's') + "hello")));
  EXPECT_EQ(commitment.bytes, 5u);
  EXPECT_TRUE(Fits(text, commitment));
  ContentText other = text;
  other.text = "hallo";
  EXPECT_FALSE(Fits(other, commitment));
  other = text;
  other.salt[0] = 't';
  EXPECT_FALSE(Fits(other, commitment));
  other = text;
  other.truncated = true;
  EXPECT_FALSE(Fits(other, commitment));
}

TEST(ContentTest, SubjectsAreUsersOfATenantElseCallers) {
  Record record;
  record.tenant = "acme";
  record.principal = "app";
  const std::string caller = SubjectOf(record);
  EXPECT_EQ(caller.size(), kSubjectBytes);
  record.user = "zoe";
  const std::string zoe = SubjectOf(record);
  EXPECT_NE(zoe, caller);
  record.principal = "other";
  EXPECT_EQ(SubjectOf(record), zoe);
  record.tenant = "bank";
  EXPECT_NE(SubjectOf(record), zoe);
  record.tenant = "acmez";
  record.user = "oe";
  EXPECT_NE(SubjectOf(record), zoe);
}

TEST(ContentTest, WhatIsNoContentIsRefused) {
  const ContentEnvelope envelope{std::string(kSubjectBytes, 'u'), "k1", std::string(32, 'r'), "body"};
  const std::string packed = Pack(envelope);
  EXPECT_EQ(*UnpackEnvelope(packed), envelope);
  for (size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(UnpackEnvelope(std::string_view(packed).substr(0, size)).ok()) << size;
  EXPECT_FALSE(UnpackEnvelope(packed + "x").ok());
  EXPECT_FALSE(UnpackEnvelope(std::string(16, '\xff')).ok());
  EXPECT_FALSE(UnpackEnvelope(Pack(ContentEnvelope{"short", "", "", ""})).ok());
  EXPECT_FALSE(UnpackTexts("abc").ok());
}

TEST(ContentTest, MasterKeysAreHexOrBase64) {
  const std::string hex(64, 'a');
  EXPECT_TRUE(ParseMasterKey(hex).ok());
  EXPECT_EQ(*ParseMasterKey(" " + hex + "\n"), *ParseMasterKey(hex));
  EXPECT_EQ(*ParseMasterKey("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo="), *ParseMasterKey(hex));
  for (const std::string& bad : {std::string(), std::string("short"), std::string(63, 'a'),
                                 std::string(66, 'a'), std::string(64, 'z') + "s3cret"}) {
    const absl::Status status = ParseMasterKey(bad).status();
    EXPECT_FALSE(status.ok()) << bad;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
  }
}

TEST(ContentTest, AnEntryHasALeafAndPerhapsContent) {
  std::string bytes = "\x08leaf";
  AddContent("", &bytes);
  EXPECT_EQ(bytes, "\x08leaf");
  EXPECT_EQ(ParseEntry(bytes).bytes, bytes);
  AddContent("content", &bytes);
  EXPECT_EQ(ParseEntry(bytes).bytes, "\x08leaf");
  EXPECT_EQ(ParseEntry(bytes).content, "content");
  for (size_t size = 0; size < 10; ++size) EXPECT_EQ(ParseEntry(bytes.substr(0, size)).content, "") << size;
}

TEST(ContentTest, GoesWithItsLeafOverTheNetwork) {
  Leaf leaf{{"00112233aabbccdd", 1}, "bytes", "content"};
  std::vector<v1::AppendRequest> requests = ToProto({leaf, {{"00112233aabbccdd", 2}, "bytes"}});
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].leaves(1).content(), "");
  auto leaves = FromProto(requests[0]);
  ASSERT_TRUE(leaves.ok()) << leaves.status();
  EXPECT_EQ(leaves->at(0).content, "content");
  EXPECT_EQ(leaves->at(1).content, "");
  requests[0].mutable_leaves(0)->set_content(std::string(kMaxRecordBytes, 'x'));
  EXPECT_EQ(FromProto(requests[0]).status().code(), absl::StatusCode::kInvalidArgument);
}

// What is captured between a worker and the audit service.
class ContentPipelineTest : public ::testing::Test {
 protected:
  std::unique_ptr<RecordPipeline> NewPipeline(bool encrypted) {
    PipelineOptions options;
    options.state_dir = folder_.path();
    options.contents.rules = {true, true, encrypted, 1000};
    options.contents.keys = keys_;
    return *RecordPipeline::Create(options, audit_, clock_, metrics_, logger_);
  }
  std::string AllFiles() const {
    std::ostringstream all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!entry.is_regular_file() || entry.file_size() == 0) continue;
      all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    }
    return all.str();
  }

  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
  FakeAudit audit_;
  const ContentKeys keys_ = Keys("k1", crypto::RandomKey());
};

TEST_F(ContentPipelineTest, SealedContentIsNeverReadableInASpoolAndSurvivesTheProcess) {
  audit_.Behave([](int) { return absl::UnavailableError("away"); });
  LeafId id;
  Receipt receipt;
  {
    const auto pipeline = NewPipeline(true);
    const auto spool = *pipeline->NewSpool();
    id = *spool->Append(SmallRecord("r1"), {{kInputPart, kSecret, false, {}}});
    receipt = spool->LastReceipt();
    EXPECT_THAT(AllFiles(), Not(HasSubstr("diagnosis")));
    EXPECT_THAT(AllFiles(), HasSubstr("r1"));
  }
  audit_.Behave(nullptr);
  const auto pipeline = NewPipeline(true);
  ASSERT_TRUE(Eventually([&] { return audit_.leaves().size() == 1; }));
  const std::string bytes = audit_.leaves().at({id.spool, id.sequence});
  crypto::MerkleHasher hasher;
  EXPECT_EQ(HashOfLeaf(hasher, id, bytes), receipt.hash);  // over the record alone
  const Record record = *Decode(bytes);
  ASSERT_EQ(record.contents.size(), 1u);
  EXPECT_EQ(record.contents[0].form, "encrypted");
  const ContentEnvelope envelope = *UnpackEnvelope(audit_.contents().at({id.spool, id.sequence}));
  EXPECT_EQ(envelope.subject, SubjectOf(record));
  const auto texts = keys_.Open("r1", envelope);
  ASSERT_TRUE(texts.ok()) << texts.status();
  EXPECT_EQ(texts->at(0).text, kSecret);
  EXPECT_TRUE(Fits(texts->at(0), record.contents[0]));
}

TEST_F(ContentPipelineTest, RedactedContentLiesAsItIs) {
  const auto pipeline = NewPipeline(false);
  const auto spool = *pipeline->NewSpool();
  const LeafId id =
      *spool->Append(SmallRecord("r1"), {{kInputPart, "in", false, {}}, {kOutputPart, "out", true, {}}});
  ASSERT_TRUE(spool->Append(SmallRecord("r2")).ok());
  ASSERT_TRUE(pipeline->Flush(std::chrono::seconds(30)).ok());
  const Record record = *Decode(audit_.leaves().at({id.spool, id.sequence}));
  ASSERT_EQ(record.contents.size(), 2u);
  EXPECT_EQ(record.contents[1].part, "output");
  EXPECT_TRUE(record.contents[1].truncated);
  EXPECT_NE(record.contents[0].sha256, record.contents[1].sha256);
  EXPECT_EQ(audit_.contents().size(), 1u);
  const auto texts = ContentKeys().Open("r1", *UnpackEnvelope(audit_.contents().begin()->second));
  ASSERT_TRUE(texts.ok()) << texts.status();
  EXPECT_EQ(texts->at(1).text, "out");
}

}  // namespace
}  // namespace portcullis::audit
