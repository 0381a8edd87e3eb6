#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "services/audit/adapters/grpc/audit_grpc_service.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/api/content.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/app/recorded_reads.h"
#include "services/audit/client/audit_grpc_client.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/translate.h"
#include "services/audit/domain/log_head.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;

constexpr char kSpool[] = "00112233aabbccdd";

class AuditGrpcTest : public ::testing::Test {
 protected:
  AuditGrpcTest() {
    auto store = sqlite::SqliteStore::Open({(folder_.path() / "audit.db").native()});
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    handler_ = std::make_unique<AuditHandler>(*store_, clock_, metrics_, logger_);
    Serve(*handler_);
  }
  ~AuditGrpcTest() override { Shutdown(); }

  void Serve(AuditApi& audit) {
    Shutdown();
    AuditGrpcServiceOptions options;
    options.follow_poll = std::chrono::milliseconds(5);
    options.max_streams = 3;
    service_ = std::make_unique<AuditGrpcService>(audit, *store_, options, clock_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_), grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(service_.get());
    builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void Shutdown() {
    if (server_) server_->Shutdown(gpr_time_from_millis(100, GPR_TIMESPAN));
    server_.reset();
    service_.reset();
  }
  std::shared_ptr<grpc::Channel> NewChannel() {
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials());
  }

  static Leaf NewLeaf(uint64_t sequence, const Record& record) {
    Leaf leaf{{kSpool, sequence}, ""};
    Encode(record, &leaf.bytes);
    return leaf;
  }
  static absl::Status Append(AuditApi& audit, std::vector<Leaf> leaves) {
    absl::Status result = absl::UnknownError("no answer");
    audit.Append(std::move(leaves), [&](absl::Status status) { result = std::move(status); });
    return result;
  }
  static absl::StatusOr<std::vector<StoredRecord>> Find(AuditApi& audit, const Query& query) {
    absl::StatusOr<std::vector<StoredRecord>> result = absl::UnknownError("no answer");
    audit.Find(query, [&](auto records) { result = std::move(records); });
    return result;
  }

  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
  std::unique_ptr<sqlite::SqliteStore> store_;
  std::unique_ptr<AuditHandler> handler_;
  std::unique_ptr<AuditGrpcService> service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(AuditGrpcTest, RecordsGoThereAndBack) {
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  ASSERT_TRUE(Append(client, {NewLeaf(1, FullRecord()), NewLeaf(2, SmallRecord("b"))}).ok());
  ASSERT_TRUE(Append(client, {NewLeaf(2, SmallRecord("b"))}).ok());
  const auto found = Find(client, {});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0).record.findings.size(), 2u);
  EXPECT_EQ(found->at(1).record.request_id, "b");
  EXPECT_EQ(Find(client, {.verdict = "redact"})->size(), 1u);
}

TEST_F(AuditGrpcTest, ManyRecordsTakeManyBatchesAndPages) {
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  std::vector<Leaf> leaves;
  for (uint64_t i = 1; i <= 6000; ++i) leaves.push_back(NewLeaf(i, SmallRecord("r" + std::to_string(i))));
  ASSERT_TRUE(Append(client, std::move(leaves)).ok());
  EXPECT_EQ(Find(client, {.limit = 5000})->size(), 5000u);
  EXPECT_EQ(Find(client, {.newest_first = true, .limit = 300})->at(299).record.request_id, "r5701");
}

TEST_F(AuditGrpcTest, ContentIsReadAsItCameAndThatIsRecorded) {
  RecordedReads reads(false, *handler_, clock_, metrics_, logger_);
  Serve(reads);
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  Record record = SmallRecord("r1");
  record.contents = {{"input", "redacted", std::string(64, 'c'), 5, false}};
  Leaf leaf = NewLeaf(1, record);
  leaf.content = Pack(ContentEnvelope{"", "", "", std::string("bo\0dy", 5)});
  ASSERT_TRUE(Append(client, {leaf, NewLeaf(2, SmallRecord("r2"))}).ok());
  absl::StatusOr<std::vector<RecordContents>> found;
  const auto read = [&](const Query& query) {
    client.ReadContent(query, [&](auto contents) { found = std::move(contents); });
    return found.status();
  };
  Query query{.request_id = "r1"};
  query.asker.principal = "operator:ann";
  ASSERT_TRUE(read(query).ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).record.record.contents, record.contents);
  EXPECT_EQ(found->at(0).contents, std::vector<std::string>{leaf.content});
  ASSERT_TRUE(read({.request_id = "r2"}).ok());
  EXPECT_TRUE(found->at(0).contents.empty());
  EXPECT_EQ(read({}).code(), absl::StatusCode::kInvalidArgument);
  const auto recorded = *Find(*handler_, {.reason = "operator.read_content"});
  ASSERT_EQ(recorded.size(), 2u);
  EXPECT_EQ(recorded[0].record.principal, "operator:ann");
  EXPECT_EQ(recorded[0].record.findings[0].rule, "peer:127.0.0.1");
  Shutdown();
}

TEST_F(AuditGrpcTest, AReadOfManyPagesLeavesOneRecordThatNamesBothEnds) {
  RecordedReads reads(true, *handler_, clock_, metrics_, logger_);
  Serve(reads);
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  std::vector<Leaf> leaves;
  for (uint64_t i = 1; i <= 600; ++i) leaves.push_back(NewLeaf(i, SmallRecord("r" + std::to_string(i))));
  ASSERT_TRUE(Append(client, std::move(leaves)).ok());
  Query query;
  query.limit = 600;
  query.asker.principal = "operator:ann";
  query.asker.address = "10.0.0.1";
  ASSERT_EQ(Find(client, query)->size(), 600u);
  StatsQuery stats;
  stats.query = query;
  client.Aggregate(stats, [](auto found) { EXPECT_TRUE(found.ok()) << found.status(); });
  const auto found = *Find(*handler_, {.principal = "operator:ann"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].record.reason_code, "operator.read_records");
  EXPECT_EQ(found[0].record.client_address, "10.0.0.1");
  EXPECT_EQ(found[0].record.findings[0].rule, "peer:127.0.0.1");
  EXPECT_EQ(found[1].record.reason_code, "operator.read_stats");
  EXPECT_EQ(found[1].record.findings[0].rule, "peer:127.0.0.1");
  Shutdown();
}

TEST_F(AuditGrpcTest, AServiceThatIsAwayIsPassedOver) {
  const auto away = grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials());
  AuditGrpcClient client({away, NewChannel(), away}, {}, clock_);
  for (uint64_t i = 1; i <= 6; ++i) {
    EXPECT_TRUE(Append(client, {NewLeaf(i, SmallRecord("r" + std::to_string(i)))}).ok());
    const auto found = Find(client, {});
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->size(), i);
  }
  StatsQuery query;
  client.Aggregate(query, [](auto stats) { EXPECT_EQ(stats->total.records, 6u); });
  Shutdown();
  EXPECT_EQ(Find(client, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AuditGrpcTest, ServicesTakeTurns) {
  FakeAudit other;
  AuditGrpcService second(other, *store_, {}, clock_);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&second);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  {
    AuditGrpcClient client({NewChannel(), grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                              grpc::InsecureChannelCredentials())},
                           {}, clock_);
    for (uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(Append(client, {NewLeaf(i, SmallRecord("r"))}).ok());
  }
  EXPECT_EQ(other.leaves().size(), 5u);
  EXPECT_EQ(Find(*handler_, {})->size(), 5u);
  server->Shutdown(gpr_time_from_millis(100, GPR_TIMESPAN));
}

TEST_F(AuditGrpcTest, RefusalsComeBackWithTheirReason) {
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  const absl::Status status = Append(client, {{{"bad spool", 1}, "x"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("spool must be"));
  EXPECT_THAT(std::string(Find(client, {.verdict = "perhaps"}).status().message()), HasSubstr("verdict"));
}

TEST_F(AuditGrpcTest, TheClientPausesAfterAFailureAndThenConnectsAgain) {
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  FakeAudit fake;
  Shutdown();
  EXPECT_EQ(Append(client, {NewLeaf(1, FullRecord())}).code(), absl::StatusCode::kUnavailable);
  Serve(fake);
  EXPECT_TRUE(Eventually([&] {
    clock_.Advance(std::chrono::seconds(5));
    return Append(client, {NewLeaf(1, FullRecord())}).ok();
  }));
  EXPECT_EQ(fake.leaves().size(), 1u);
  fake.Behave([](int) { return absl::UnavailableError("away"); });
  EXPECT_EQ(Append(client, {NewLeaf(2, FullRecord())}).code(), absl::StatusCode::kUnavailable);
  const int calls = fake.calls();
  EXPECT_THAT(std::string(Append(client, {NewLeaf(2, FullRecord())}).message()), HasSubstr("waiting"));
  EXPECT_EQ(fake.calls(), calls);
}

TEST_F(AuditGrpcTest, AServiceThatDoesNotAnswerIsGivenUpOnTime) {
  std::mutex mutex;
  std::unique_lock held(mutex);
  FakeAudit fake;
  fake.Behave([&](int) {
    std::lock_guard wait(mutex);
    return absl::OkStatus();
  });
  Serve(fake);
  AuditGrpcClientOptions options;
  options.append_timeout = std::chrono::milliseconds(50);
  AuditGrpcClient client({NewChannel()}, options, clock_);
  EXPECT_EQ(Append(client, {NewLeaf(1, FullRecord())}).code(), absl::StatusCode::kDeadlineExceeded);
  held.unlock();
  Shutdown();
}

TEST_F(AuditGrpcTest, FollowSendsWhatComesLater) {
  ASSERT_TRUE(Append(*handler_, {NewLeaf(1, SmallRecord("a"))}).ok());
  const auto stub = v1::AuditService::NewStub(NewChannel());
  grpc::ClientContext context;
  v1::FindRequest request;
  request.set_follow(true);
  const auto stream = stub->Find(&context, request);
  v1::FindResponse page;
  ASSERT_TRUE(stream->Read(&page));
  EXPECT_EQ(page.records(0).record().request_id(), "a");
  ASSERT_TRUE(Append(*handler_, {NewLeaf(2, SmallRecord("b"))}).ok());
  ASSERT_TRUE(stream->Read(&page));
  EXPECT_EQ(page.records(0).record().request_id(), "b");
  context.TryCancel();
  EXPECT_FALSE(stream->Read(&page));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(AuditGrpcTest, EveryFilterAndTheFiguresGoOverTheWire) {
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  Record full = FullRecord();
  full.intent.reset();
  ASSERT_TRUE(Append(client, {NewLeaf(1, full), NewLeaf(2, SmallRecord("b"))}).ok());
  for (const Dimension& dimension : kDimensions) {
    Query query;
    query.*dimension.query = full.*dimension.record;
    const auto found = Find(client, query);
    ASSERT_TRUE(found.ok()) << dimension.name << found.status();
    ASSERT_EQ(found->size(), 1u) << dimension.name;
    EXPECT_EQ(found->at(0).root, (LeafId{kSpool, 1}));
  }
  EXPECT_EQ(Find(client, {.text = "EMAIL"})->size(), 1u);
  EXPECT_EQ(Find(client, {.min_cost_usd = 0.001})->size(), 1u);
  EXPECT_EQ(Find(client, {.max_cost_usd = 0.001})->size(), 0u);
  absl::StatusOr<Stats> stats;
  client.Aggregate({.query = {.since_us = 1}, .by = {"verdict", "model"}},
                   [&](auto found) { stats = std::move(found); });
  ASSERT_TRUE(stats.ok()) << stats.status();
  ASSERT_EQ(stats->groups.size(), 2u);
  EXPECT_EQ(stats->groups_found, 2u);
  EXPECT_EQ(stats->total.records, 2u);
  EXPECT_EQ(stats->total.prompt_tokens, 120u);
  EXPECT_EQ(stats->total.completion_tokens, 450u);
  EXPECT_DOUBLE_EQ(stats->total.cost_usd, 0.00123);
  EXPECT_EQ(stats->total.cost_unknown, 1u);
  EXPECT_EQ(stats->total.p95_us, 812'345u);
  EXPECT_THAT(stats->groups[0].values, ::testing::ElementsAre("redact", "mistral-large"));
  client.Aggregate({.by = {"colour"}}, [&](auto found) { stats = std::move(found); });
  EXPECT_EQ(stats.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(stats.status().message()), HasSubstr("colour"));
}

TEST_F(AuditGrpcTest, HeadsAndProofs) {
  const auto stub = v1::AuditService::NewStub(NewChannel());
  const auto get_head = [&](v1::GetHeadResponse* response) {
    grpc::ClientContext context;
    return stub->GetHead(&context, {}, response);
  };
  v1::GetHeadResponse head;
  EXPECT_EQ(get_head(&head).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  std::vector<Leaf> leaves;
  for (uint64_t i = 1; i <= 5; ++i) leaves.push_back(NewLeaf(i, SmallRecord("r")));
  ASSERT_TRUE(Append(*handler_, leaves).ok());
  LogHead signed_head = {store_->log_id(), 5, {}, 7, "", {}};
  signed_head.root =
      *crypto::MerkleRoot(5, [&](int level, uint64_t i) { return store_->TreeNode(level, i); });
  SignHead(crypto::SigningKey::Generate(), &signed_head);
  ASSERT_TRUE(store_->AddHead(signed_head).ok());
  ASSERT_TRUE(get_head(&head).ok());
  EXPECT_EQ(head.head().size(), 5u);
  EXPECT_EQ(head.head().key_id(), signed_head.key_id);
  EXPECT_EQ(head.head().root(), std::string(signed_head.root.begin(), signed_head.root.end()));

  const auto path_of = [](const auto& response) {
    std::vector<crypto::Digest> path;
    for (const std::string& step : response.path())
      std::copy(step.begin(), step.end(), path.emplace_back().begin());
    return path;
  };
  crypto::MerkleHasher hasher;
  const Receipt receipt = {leaves[2].id, HashOfLeaf(hasher, leaves[2].id, leaves[2].bytes)};
  v1::ProveInclusionRequest ask;
  ask.set_receipt(ReceiptText(receipt));
  v1::ProveInclusionResponse proof;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->ProveInclusion(&context, ask, &proof).ok());
  }
  EXPECT_EQ(proof.leaf_index(), 2u);
  EXPECT_TRUE(crypto::VerifyInclusion(receipt.hash, 2, 5, path_of(proof), signed_head.root).ok());
  {
    grpc::ClientContext context;
    ask.set_receipt("nonsense");
    EXPECT_EQ(stub->ProveInclusion(&context, ask, &proof).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  v1::ProveConsistencyRequest earlier;
  earlier.set_first_size(3);
  v1::ProveConsistencyResponse consistent;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->ProveConsistency(&context, earlier, &consistent).ok());
  }
  crypto::Digest first;
  std::copy(consistent.first_root().begin(), consistent.first_root().end(), first.begin());
  EXPECT_TRUE(crypto::VerifyConsistency(3, first, 5, signed_head.root, path_of(consistent)).ok());
  for (const uint64_t bad : {0u, 6u}) {
    grpc::ClientContext context;
    earlier.set_first_size(bad);
    EXPECT_EQ(stub->ProveConsistency(&context, earlier, &consistent).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(AuditGrpcTest, TheClientFollows) {
  ASSERT_TRUE(Append(*handler_, {NewLeaf(1, SmallRecord("a"))}).ok());
  AuditGrpcClient client({NewChannel()}, {}, clock_);
  std::vector<std::string> seen;
  const absl::Status status = client.Follow({}, [&](const StoredRecord& record) {
    seen.push_back(record.record.request_id);
    if (seen.size() == 2) return absl::CancelledError("enough");
    return Append(*handler_, {NewLeaf(2, SmallRecord("b"))});
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ::testing::ElementsAre("a", "b"));
}

TEST_F(AuditGrpcTest, TooManyStreamsAreRefusedAndAnEndedOneMakesRoom) {
  const auto stub = v1::AuditService::NewStub(NewChannel());
  v1::FindRequest follow;
  follow.set_follow(true);
  ASSERT_TRUE(Append(*handler_, {NewLeaf(1, SmallRecord("a"))}).ok());
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::FindResponse>>> streams;
  v1::FindResponse page;
  for (int i = 0; i < 3; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(stub->Find(contexts.back().get(), follow));
    ASSERT_TRUE(streams.back()->Read(&page));
  }
  const auto one_more = [&] {
    grpc::ClientContext context;
    const auto stream = stub->Find(&context, v1::FindRequest());
    while (stream->Read(&page)) {
    }
    return stream->Finish().error_code();
  };
  EXPECT_EQ(one_more(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  contexts[0]->TryCancel();
  EXPECT_EQ(streams[0]->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([&] { return one_more() == grpc::StatusCode::OK; }));
  for (size_t i = 1; i < 3; ++i) {
    contexts[i]->TryCancel();
    EXPECT_EQ(streams[i]->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
}

TEST_F(AuditGrpcTest, EachBatchIsAcknowledgedAsItIsStored) {
  const auto stub = v1::AuditService::NewStub(NewChannel());
  grpc::ClientContext context;
  const auto stream = stub->Append(&context);
  for (uint64_t i = 1; i <= 3; ++i) {
    v1::AppendRequest request = ToProto({NewLeaf(i, SmallRecord("r"))}).at(0);
    ASSERT_TRUE(stream->Write(request));
    v1::AppendResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.acknowledged_sequence(), i);
    EXPECT_EQ(Find(*handler_, {})->size(), i);
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace portcullis::audit
