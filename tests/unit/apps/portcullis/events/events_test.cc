#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/portcullis/events/event.h"
#include "apps/portcullis/events/event_content.h"
#include "apps/portcullis/events/events_command.h"
#include "apps/portcullis/events/siem_lines.h"
#include "apps/portcullis/events/time_text.h"
#include "services/audit/app/audit_component.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/record_pipeline.h"
#include "services/audit/domain/record_json.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::events {
namespace {

using audit::FullRecord;
using audit::LeafId;
using audit::LeafKind;
using audit::Record;
using audit::SmallRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kSecond = 1'000'000;

TEST(TimeTextTest, TimesBeforeNowAndPointsInTime) {
  const base::SystemTime now(std::chrono::seconds(1'000'000));
  EXPECT_EQ(*ParseTime("30s", now, "--since"), (1'000'000 - 30) * kSecond);
  EXPECT_EQ(*ParseTime("5m", now, "--since"), (1'000'000 - 300) * kSecond);
  EXPECT_EQ(*ParseTime("1h", now, "--since"), (1'000'000 - 3600) * kSecond);
  EXPECT_EQ(*ParseTime("7d", now, "--since"), (1'000'000 - 604'800) * kSecond);
  EXPECT_EQ(*ParseTime("900000d", now, "--since"), 0);
  EXPECT_EQ(*ParseTime("1970-01-02T00:00:00Z", now, "--since"), 86'400 * kSecond);
  EXPECT_EQ(*ParseTime("1970-01-02T01:00:00.5+01:00", now, "--since"), 86'400 * kSecond + kSecond / 2);
  for (const char* bad :
       {"", "5", "m", "5x", "-5m", "5m ", "yesterday", "2026-01-31", "9999999999d", "4000000000d"}) {
    const auto time = ParseTime(bad, now, "--since");
    EXPECT_FALSE(time.ok()) << bad;
    EXPECT_THAT(std::string(time.status().message()), HasSubstr("--since"));
  }
  EXPECT_EQ(audit::TimeText(1'700'000'000'000'001), "2023-11-14T22:13:20.000001Z");
}

TEST(EventTest, JsonGolden) {
  EXPECT_EQ(
      ToJsonLine({{"00112233aabbccdd", 41}, FullRecord()}),
      R"({"id":"00112233aabbccdd-41","event_type":"decision","timestamp":"2023-11-14T22:13:20.000000Z",)"
      R"("verdict":"redact","reason_code":"pii.detected","model":"mistral-large","provider":"mistral",)"
      R"("config_version":"cfg-3","request_id":"req_1","kind":"outcome","intent":"00112233aabbccdd-41",)"
      R"("time_us":1700000000500000,"started_us":1700000000000000,"tenant":"acme","principal":"key:42",)"
      R"("user":"Zoë","client_address":"10.0.0.7",)"
      R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",)"
      R"("endpoint":"/v1/chat/completions","method":"POST","stream":true,"target":"mistral-primary",)"
      R"("upstream_model":"mistral-large-latest","attempts":[{"target":"backup","model":"mistral-small",)"
      R"("outcome":"timeout","http_status":0,"latency_us":60000000},{"target":"mistral-primary",)"
      R"("model":"mistral-large-latest","outcome":"ok","http_status":200,"latency_us":812000}],)"
      R"("policy":"pii-detector","outcome":"ok","http_status":200,"finish_reason":"stop",)"
      R"("findings":[{"policy":"pii-detector","rule":"email","action":"redact","direction":"input",)"
      R"("reason":"pii.detected","path":"messages[1].content","score":0.95,"begin":10,"end":27},)"
      R"({"policy":"dlp-filter","rule":"term","action":"allow","direction":"output","reason":"dlp.seen",)"
      R"("path":"choices[0].delta.content","score":1.0,"begin":3,"end":5}],"prompt_tokens":120,)"
      R"("completion_tokens":450,"tokens_estimated":true,"cost_usd":0.00123,"request_bytes":2048,)"
      R"("response_bytes":8192,"request_sha256":")" +
          std::string(64, 'a') + R"(","response_sha256":")" + std::string(64, 'b') +
          R"(","bundle":"bundle-9","policy_us":310,"first_byte_us":400000,"total_us":812345,"overhead_us":420,)"
          R"("variant":"variant-large","context_id":"6b01cba7-8b3c-889a-8386-6c44b661166e",)"
          R"("contents":[{"part":"input","form":"encrypted","sha256":")" +
          std::string(64, 'c') + R"(","bytes":700,"truncated":true},)" +
          R"({"part":"output","form":"redacted","sha256":")" + std::string(64, 'd') +
          R"(","bytes":800,"truncated":false}]})"
          "\n");
}

TEST(EventTest, ListsAreThereAndUnknownCostIsNull) {
  const auto json = nlohmann::json::parse(ToJsonLine({{"00112233aabbccdd", 1}, SmallRecord("r")}));
  EXPECT_TRUE(json.at("attempts").is_array());
  EXPECT_TRUE(json.at("findings").is_array());
  EXPECT_TRUE(json.at("cost_usd").is_null());
}

TEST(EventTest, CsvGolden) {
  EXPECT_EQ(
      CsvHeader(),
      "id,event_type,timestamp,verdict,reason_code,model,provider,config_version,request_id,kind,intent,"
      "time_us,started_us,tenant,principal,user,client_address,traceparent,endpoint,method,stream,target,"
      "upstream_model,attempts,policy,outcome,http_status,finish_reason,findings,prompt_tokens,"
      "completion_tokens,tokens_estimated,cost_usd,request_bytes,response_bytes,request_sha256,"
      "response_sha256,bundle,policy_us,first_byte_us,total_us,overhead_us,variant,context_id,"
      "contents\r\n");
  Record record = SmallRecord("r", LeafKind::kOutcome, "block", 5);
  record.user = "a \"quoted\", name";
  record.principal = "=HYPERLINK(1)";
  record.attempts = {{"t", "m", "ok", 200, 7}};
  EXPECT_EQ(
      ToCsvLine({{"00112233aabbccdd", 1}, record}),
      "00112233aabbccdd-1,decision,1970-01-01T00:00:00.000005Z,block,,,,,r,outcome,,5,5,,'=HYPERLINK(1),"
      "\"a \"\"quoted\"\", name\",,,,,false,,,"
      "\"[{\"\"target\"\":\"\"t\"\",\"\"model\"\":\"\"m\"\",\"\"outcome\"\":\"\"ok\"\",\"\"http_status\"\":"
      "200,"
      "\"\"latency_us\"\":7}]\",,,0,,[],0,0,false,,0,0,,,,0,0,0,0,,,[]\r\n");
}

TEST(EventTest, TableGolden) {
  Record record = SmallRecord("r", LeafKind::kOutcome, "block", 5);
  record.reason_code = "pii\x1b[2J";
  EXPECT_EQ(TableHeader() + ToTableLine({{"00112233aabbccdd", 1}, record}),
            "TIME                         ID                          VERDICT   REASON\n"
            "1970-01-01T00:00:00.000005Z  00112233aabbccdd-1          block     pii?[2J\n");
}

TEST(SiemLinesTest, CefGolden) {
  Record record = FullRecord();
  record.verdict = "block";
  record.user = "Zoë=a|b\\c\nd";
  EXPECT_EQ(
      ToCefLine({{"00112233aabbccdd", 41}, record}, "1.2|3"),
      "CEF:0|Portcullis|Portcullis gateway|1.2\\|3|pii.detected|Request blocked|7|rt=1700000000000 "
      "externalId=00112233aabbccdd-41 act=block outcome=ok reason=pii.detected "
      "request=/v1/chat/completions requestMethod=POST src=10.0.0.7 suser=Zoë\\=a|b\\\\c d suid=key:42 "
      "in=2048 out=8192 cs1Label=requestId cs1=req_1 cs2Label=tenant cs2=acme cs3Label=target "
      "cs3=mistral-primary cs4Label=model cs4=mistral-large cs5Label=policy cs5=pii-detector cs6Label=rules "
      "cs6=pii-detector/email, dlp-filter/term cn1Label=promptTokens cn1=120 cn2Label=completionTokens "
      "cn2=450 cn3Label=httpStatus cn3=200 cfp1Label=costUsd cfp1=0.00123\n");
  Record bare = SmallRecord("r", LeafKind::kIntent, "", 5);
  bare.client_address = "2001:db8::1";
  const std::string line = ToCefLine({{"00112233aabbccdd", 1}, bare}, "1");
  EXPECT_THAT(line, HasSubstr("|none|Request interrupted|3|"));
  EXPECT_THAT(line, HasSubstr("c6a2Label=Source IPv6 Address c6a2=2001:db8::1"));
  EXPECT_THAT(line, Not(HasSubstr(" src=")));
}

// What OCSF 1.3.0 requires of class 6003 and of the profile.
TEST(SiemLinesTest, OcsfHasWhatItsClassRequires) {
  for (const char* verdict : {"allow", "redact", "escalate", "block", "error", ""}) {
    Record record = SmallRecord("r", LeafKind::kOutcome, verdict, 5'000);
    record.method = "GET";
    const auto json = nlohmann::json::parse(ToOcsfLine({{"00112233aabbccdd", 1}, record}, "1"));
    for (const char* field :
         {"activity_id", "actor", "api", "category_uid", "class_uid", "metadata", "severity_id",
          "src_endpoint", "time", "type_uid", "action_id", "disposition_id"}) {
      EXPECT_TRUE(json.contains(field)) << field;
    }
    EXPECT_EQ(json.at("class_uid"), 6003);
    EXPECT_EQ(json.at("type_uid"), 600302);
    EXPECT_EQ(json.at("time"), 5);
    EXPECT_EQ(json.at("metadata").at("version"), "1.3.0");
    EXPECT_EQ(json.at("metadata").at("product").at("vendor_name"), "Portcullis");
    EXPECT_TRUE(json.at("api").contains("operation"));
    EXPECT_FALSE(json.at("actor").at("user").empty());
    EXPECT_FALSE(json.at("src_endpoint").empty());
  }
  const auto json = nlohmann::json::parse(ToOcsfLine({{"00112233aabbccdd", 41}, FullRecord()}, "1"));
  EXPECT_EQ(json.at("actor").at("user").at("uid"), "key:42");
  EXPECT_EQ(json.at("src_endpoint").at("ip"), "10.0.0.7");
  EXPECT_EQ(json.at("metadata").at("correlation_uid"), "req_1");
  EXPECT_EQ(json.at("disposition"), "redact");
  EXPECT_EQ(json.at("action_id"), 1);
  EXPECT_EQ(json.at("status_id"), 1);
  EXPECT_EQ(json.at("duration"), 812);
  EXPECT_EQ(json.at("unmapped").at("prompt_tokens"), 120);
  EXPECT_FALSE(json.at("unmapped").contains("user"));
}

class EventsCommandTest : public ::testing::Test {
 protected:
  EventsCommandTest() : source_{folder_.path() / "audit.db", folder_.path() / "spool", ""} {}

  // Does what a test wants while a command waits for more.
  struct ScriptedSleeper final : base::Sleeper {
    void Sleep(base::Duration) override { on_sleep(); }
    std::function<void()> on_sleep = [] { FAIL() << "nobody was to wait"; };
  };
  EventsParts parts() { return {clock_, sleeper_}; }

  // A gateway whose audit service is there, or away.
  struct Gateway {
    std::unique_ptr<audit::AuditComponent> component;
    std::unique_ptr<audit::RecordPipeline> pipeline;
    std::unique_ptr<audit::RecordSpool> spool;
  };
  Gateway Start(bool with_audit, const audit::ContentKeys& keys = {}) {
    Gateway gateway;
    if (with_audit) {
      audit::AuditOptions options;
      options.state_dir = folder_.path();
      gateway.component = *audit::AuditComponent::Create(options, clock_, metrics_, logger_);
    } else {
      away_.Behave([](int) { return absl::UnavailableError("away"); });
    }
    audit::AuditApi& api = with_audit ? gateway.component->api() : away_;
    audit::PipelineOptions options{.state_dir = folder_.path()};
    options.contents.rules.encrypted = true;
    options.contents.keys = keys;
    gateway.pipeline = *audit::RecordPipeline::Create(options, api, clock_, metrics_, logger_);
    gateway.spool = *gateway.pipeline->NewSpool();
    return gateway;
  }
  static void Flush(Gateway& gateway) { ASSERT_TRUE(gateway.pipeline->Flush(std::chrono::seconds(30)).ok()); }

  // Request ids with verdicts, in the order printed.
  std::vector<std::string> Tail(TailOptions options = {}) {
    options.json = true;
    std::ostringstream out;
    const absl::Status status = RunEventsTail(source_, options, parts(), out);
    EXPECT_TRUE(status.ok()) << status;
    return Events(out.str());
  }
  std::vector<std::string> Export(const ExportOptions& options = {}) {
    std::ostringstream out;
    const absl::Status status = RunEventsExport(source_, options, parts(), out);
    EXPECT_TRUE(status.ok()) << status;
    return Events(out.str());
  }
  static std::vector<std::string> Events(const std::string& lines) {
    std::vector<std::string> out;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
      const auto json = nlohmann::json::parse(line);
      out.push_back(json.at("request_id").get<std::string>() + ":" + json.at("verdict").get<std::string>());
    }
    return out;
  }
  int64_t Ago(int64_t seconds) { return clock_.Now().time_since_epoch().count() - seconds * kSecond; }
  static LeafId Write(Gateway& gateway, const Record& record) { return *gateway.spool->Append(record); }

  audit::TestFolder folder_;
  audit::TestClock clock_;
  audit::TestMetrics metrics_;
  telemetry::NullLogger logger_;
  audit::FakeAudit away_;
  ScriptedSleeper sleeper_;
  EventsSource source_;
};

TEST_F(EventsCommandTest, ReadsTheDatabaseWhileTheGatewayRuns) {
  Gateway gateway = Start(true);
  Write(gateway, SmallRecord("a", LeafKind::kOutcome, "allow", Ago(7200)));
  Write(gateway, SmallRecord("b", LeafKind::kOutcome, "block", Ago(600)));
  Write(gateway, SmallRecord("c", LeafKind::kOutcome, "allow", Ago(60)));
  Flush(gateway);
  EXPECT_THAT(Tail(), ElementsAre("a:allow", "b:block", "c:allow"));
  EXPECT_THAT(Tail({.filter = {.since = "1h"}}), ElementsAre("b:block", "c:allow"));
  EXPECT_THAT(Tail({.filter = {.query = {.verdict = "block"}}}), ElementsAre("b:block"));
  EXPECT_THAT(Tail({.limit = 1}), ElementsAre("c:allow"));
  EXPECT_THAT(Export(), ElementsAre("a:allow", "b:block", "c:allow"));
  EXPECT_THAT(Export({.filter = {.since = "1h", .until = "5m"}}), ElementsAre("b:block"));
}

TEST_F(EventsCommandTest, ShowsWhatIsStillInSpools) {
  Gateway gateway = Start(false);
  Write(gateway, SmallRecord("a"));
  Write(gateway, SmallRecord("b", LeafKind::kOutcome, "block"));
  EXPECT_THAT(Export(), ElementsAre("a:allow", "b:block"));
  gateway = {};
  EXPECT_THAT(Tail({.filter = {.query = {.verdict = "block"}}}), ElementsAre("b:block"));
}

TEST_F(EventsCommandTest, AnIntentInTheDatabaseAndItsOutcomeInASpoolAreOneEvent) {
  LeafId intent_id;
  {
    Gateway gateway = Start(true);
    Record intent = SmallRecord("a", LeafKind::kIntent, "allow");
    intent.tenant = "acme";
    intent_id = Write(gateway, intent);
    Write(gateway, SmallRecord("other"));
    Flush(gateway);
  }
  Gateway gateway = Start(false);
  Record outcome = SmallRecord("a", LeafKind::kOutcome, "block");
  outcome.intent = intent_id;
  Write(gateway, outcome);
  EXPECT_THAT(Export(), ElementsAre("other:allow", "a:block"));
  EXPECT_THAT(Tail({.filter = {.query = {.verdict = "block"}}}), ElementsAre("a:block"));
  EXPECT_THAT(Tail({.filter = {.query = {.verdict = "allow"}}}), ElementsAre("other:allow"));
}

TEST_F(EventsCommandTest, AReadOfTheFilesLeavesARecordForTheShipper) {
  Gateway gateway = Start(true);
  Write(gateway, SmallRecord("a"));
  Flush(gateway);
  source_.reader = {source_.spool_root.parent_path(), "operator:ann", true};
  EXPECT_THAT(Tail({.filter = {.query = {.user = "zoe"}}}), IsEmpty());
  source_.reader = {};
  std::ostringstream out;
  TailOptions options;
  options.json = true;
  ASSERT_TRUE(RunEventsTail(source_, options, parts(), out).ok());
  EXPECT_THAT(out.str(), HasSubstr("operator.read_records"));
  EXPECT_THAT(out.str(), HasSubstr("operator:ann"));
  EXPECT_THAT(out.str(), Not(HasSubstr("zoe")));
}

TEST_F(EventsCommandTest, WhatCannotBeRecordedIsNotShown) {
  Gateway gateway = Start(true);
  Write(gateway, SmallRecord("a"));
  Flush(gateway);
  source_.spool_root = folder_.path() / "audit.db" / "spool";  // a file is in its place
  source_.reader = {source_.spool_root.parent_path(), "operator:ann", true};
  std::ostringstream out;
  const absl::Status status = RunEventsTail(source_, {}, parts(), out);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("log_all_access"));
  EXPECT_THAT(out.str(), IsEmpty());
}

TEST_F(EventsCommandTest, ShowsTheContentOfARequestAndLeavesARecordOfThat) {
  ShowOptions options;
  options.request_id = "a";
  options.content = true;
  options.content_keys.Add("k1", crypto::RandomKey());
  source_.reader = {folder_.path(), "operator:ann", false};
  for (const bool stored : {false, true}) {
    Gateway gateway = Start(stored, options.content_keys);
    if (!stored) {
      Record record = SmallRecord("a");
      record.user = "zoe";
      ASSERT_TRUE(gateway.spool->Append(record, {{"input", "hello\x1b[2J", false, {}}}).ok());
    } else {
      Flush(gateway);
    }
    std::ostringstream out;
    const absl::Status status = RunEventsShow(source_, options, parts(), out);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_THAT(out.str(), HasSubstr("--- input, 9 bytes, commitment holds\nhello?[2J\n--- end of input\n"));
    std::ostringstream tail;
    TailOptions all;
    all.json = true;
    ASSERT_TRUE(RunEventsTail(source_, all, parts(), tail).ok());
    EXPECT_THAT(tail.str(), HasSubstr("operator.read_content"));
    EXPECT_THAT(tail.str(), Not(HasSubstr("hello")));
  }
  std::ostringstream out;
  ShowOptions without = options;
  without.content_keys = {};
  EXPECT_EQ(RunEventsShow(source_, without, parts(), out).code(), absl::StatusCode::kFailedPrecondition);
  options.request_id = "b";
  EXPECT_EQ(RunEventsShow(source_, options, parts(), out).code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(out.str(), Not(HasSubstr("hello")));
}

TEST(EventContentTest, AStreamIsShownAsTextToo) {
  const audit::ContentText text{
      "output",
      "data: "
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hel\"}},{\"index\":1,\"delta\":{\"content\":"
      "\"hi\"}}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}},{\"index\":0,\"delta\":{}}]}\n\n"
      "data: {\"choices\":[7,{\"index\":\"x\",\"delta\":3},{\"index\":0,\"delta\":[1]}]}\n\ndata: "
      "[DONE]\n\ndata: {\"cut",
      true, std::string(audit::kSaltBytes, 's')};
  EventContent content;
  content.event.record = SmallRecord("a");
  content.event.record.contents = {audit::CommitmentTo(text, "redacted")};
  content.contents = {Pack(audit::ContentKeys().Seal(content.event.record, {text}, false))};
  std::ostringstream out;
  ASSERT_TRUE(ShowContent(content, {}, out).ok());
  EXPECT_THAT(out.str(),
              HasSubstr("--- what these events say\n[choice 0]\nhello\n[choice 1]\nhi\n--- end\n"));
}

TEST(EventContentTest, WhatIsGoneOrAnotherTextIsTold) {
  audit::ContentText text{"input", "hello", false, std::string(audit::kSaltBytes, 's')};
  EventContent content;
  content.event.record = SmallRecord("a");
  content.event.record.contents = {audit::CommitmentTo(text, "redacted")};
  std::ostringstream out;
  ASSERT_TRUE(ShowContent(content, {}, out).ok());
  EXPECT_EQ(out.str(), "--- input, 5 bytes: removed\n");
  text.text = "hallo";
  content.contents = {Pack(audit::ContentKeys().Seal(content.event.record, {text}, false))};
  EXPECT_EQ(ShowContent(content, {}, out).code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(out.str(), Not(HasSubstr("hallo")));
}

TEST_F(EventsCommandTest, ExportsToAFileThatIsReplacedWhenComplete) {
  Gateway gateway = Start(false);
  Write(gateway, SmallRecord("a"));
  ExportOptions options;
  options.format = "csv";
  options.output.to = (folder_.path() / "out.csv").native();
  std::ofstream(options.output.to) << "old";
  std::ostringstream out;
  ASSERT_TRUE(RunEventsExport(source_, options, parts(), out).ok());
  EXPECT_THAT(out.str(), IsEmpty());
  std::ifstream in(options.output.to);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(text, ::testing::StartsWith(CsvHeader()));
  EXPECT_THAT(text, HasSubstr(",allow,"));
  EXPECT_FALSE(std::filesystem::exists(options.output.to + ".part"));
}

TEST_F(EventsCommandTest, ManyRecordsAreExportedOnceEach) {
  Gateway gateway = Start(true);
  for (int i = 0; i < 3000; ++i) {
    Record intent = SmallRecord("r" + std::to_string(i), LeafKind::kIntent);
    Record outcome = SmallRecord(intent.request_id);
    outcome.intent = Write(gateway, intent);
    Write(gateway, outcome);
  }
  auto events = Export();  // some are in the database, some in the spool, some are on their way
  EXPECT_EQ(events.size(), 3000u);
  Flush(gateway);
  events = Export();
  std::sort(events.begin(), events.end());
  EXPECT_EQ(std::unique(events.begin(), events.end()), events.end());
  EXPECT_EQ(events.size(), 3000u);
}

TEST_F(EventsCommandTest, FiltersByAnyField) {
  Gateway gateway = Start(true);
  Record record = SmallRecord("a", LeafKind::kOutcome, "block", Ago(10));
  record.policy = "pii-detector";
  record.findings = {{"pii-detector", "iban", "block", "input", "pii.detected", "", 1, 0, 0}};
  record.cost_usd = 0.5;
  Write(gateway, record);
  Write(gateway, SmallRecord("b", LeafKind::kOutcome, "allow", Ago(9)));
  Flush(gateway);
  EXPECT_THAT(Tail({.filter = {.query = {.policy = "pii-detector"}}}), ElementsAre("a:block"));
  EXPECT_THAT(Tail({.filter = {.query = {.text = "IBAN"}}}), ElementsAre("a:block"));
  EXPECT_THAT(Tail({.filter = {.query = {.min_cost_usd = 0.4}}}), ElementsAre("a:block"));
  EXPECT_THAT(Tail({.filter = {.query = {.request_id = "b"}}}), ElementsAre("b:allow"));
  EXPECT_THAT(Export({.filter = {.query = {.policy = "pii-detector"}}}), ElementsAre("a:block"));
}

TEST_F(EventsCommandTest, FollowsWhatEndsFromThenOn) {
  Gateway gateway = Start(true);
  Write(gateway, SmallRecord("a"));
  Write(gateway, SmallRecord("b"));
  Flush(gateway);
  std::ostringstream out;
  int looks = 0;
  LeafId intent;
  sleeper_.on_sleep = [&] {
    switch (++looks) {
      case 1:
        intent = Write(gateway, SmallRecord("c", LeafKind::kIntent));
        break;
      case 2: {
        Record outcome = SmallRecord("c", LeafKind::kOutcome, "block");
        outcome.intent = intent;
        Write(gateway, outcome);
        break;
      }
      default:
        out.setstate(std::ios::badbit);
        Write(gateway, SmallRecord("d"));
    }
    Flush(gateway);
  };
  const TailOptions options = {.limit = 1, .json = true, .follow = true};
  ASSERT_TRUE(RunEventsTail(source_, options, parts(), out).ok());
  EXPECT_THAT(Events(out.str()), ElementsAre("b:allow", "c:block"));
}

TEST_F(EventsCommandTest, FiguresAsATableAndAsJson) {
  Gateway gateway = Start(true);
  for (int i = 0; i < 3; ++i) {
    Record record = SmallRecord("r", LeafKind::kOutcome, i == 0 ? "block" : "allow");
    record.prompt_tokens = 10;
    record.completion_tokens = 5;
    record.total_us = 2000;
    if (i > 0) record.cost_usd = 0.25;
    Write(gateway, record);
  }
  Flush(gateway);
  std::ostringstream table, json;
  StatsOptions options;
  options.by = {"verdict"};
  ASSERT_TRUE(RunEventsStats(source_, options, parts(), table).ok());
  EXPECT_EQ(table.str(),
            "VERDICT  RECORDS  PROMPT_TOKENS  COMPLETION_TOKENS  COST_USD  COST_UNKNOWN  P50_MS  P95_MS\n"
            "allow          2             20                 10  0.500000             0   2.000   2.000\n"
            "block          1             10                  5  0.000000             1   2.000   2.000\n"
            "(all)          3             30                 15  0.500000             1   2.000   2.000\n");
  options.json = true;
  options.limit = 1;
  ASSERT_TRUE(RunEventsStats(source_, options, parts(), json).ok());
  EXPECT_EQ(
      json.str(),
      R"({"by":["verdict"],"groups":[{"verdict":"allow","records":2,"prompt_tokens":20,)"
      R"("completion_tokens":10,"cost_usd":0.5,"cost_unknown":0,"p50_us":2000,"p95_us":2000}],)"
      R"("groups_found":2,"total":{"records":3,"prompt_tokens":30,"completion_tokens":15,"cost_usd":0.5,)"
      R"("cost_unknown":1,"p50_us":2000,"p95_us":2000},"records_in_spools":0})"
      "\n");
  options.by = {"colour"};
  EXPECT_THAT(std::string(RunEventsStats(source_, options, parts(), json).message()), HasSubstr("colour"));
}

TEST_F(EventsCommandTest, ErrorsSayWhatIsWrong) {
  std::ostringstream out;
  const absl::Status nothing = RunEventsTail(source_, {}, parts(), out);
  EXPECT_EQ(nothing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(nothing.message()), HasSubstr(source_.store.sqlite.native()));
  const Gateway gateway = Start(false);
  EXPECT_THAT(std::string(RunEventsTail(source_, {.filter = {.since = "soon"}}, parts(), out).message()),
              HasSubstr("--since"));
  EXPECT_THAT(
      std::string(
          RunEventsTail(source_, {.filter = {.query = {.verdict = "maybe"}}}, parts(), out).message()),
      HasSubstr("verdict"));
  EXPECT_THAT(std::string(RunEventsTail(source_, {.limit = 0}, parts(), out).message()), HasSubstr("limit"));
  EXPECT_THAT(std::string(RunEventsExport(source_, {.format = "xml"}, parts(), out).message()),
              HasSubstr("--format"));
  EXPECT_THAT(
      std::string(RunEventsExport(source_, {.output = {.to = "/no/such/folder/x"}}, parts(), out).message()),
      HasSubstr("/no/such/folder/x"));
}

}  // namespace
}  // namespace portcullis::events
