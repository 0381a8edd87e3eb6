// What the audit log costs to fill, and how fast it is searched when it is full.
//
//   audit_queries [--records 1000000] [--days 30] [--late] [--keep FILE]
//
// Fills a store as the audit service does (leaves in batches of 2,048, an intent and an outcome per record),
// then asks for the first page of 100 by each filter, newest first and oldest first, and for the figures of
// one day. --late: the outcome comes in a later batch than the intent, as with requests that take seconds.
// Times are those of the caller, leaves decoded and merged.
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/sha256.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/app/store_place.h"
#include "services/audit/client/record_codec.h"

namespace portcullis::audit {
namespace {

constexpr int64_t kBegin = 1'760'000'000'000'000, kDayUs = int64_t{86'400} * 1'000'000;
constexpr size_t kBatch = 2048;
constexpr char kSpool[] = "00112233aabbccdd";

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// SplitMix64: the same figures in each run.
class Dice {
 public:
  uint64_t Below(uint64_t bound) {
    uint64_t x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return (x ^ (x >> 31)) % bound;
  }

 private:
  uint64_t state_ = 20261121;
};

// A record as a busy gateway writes it: 200 tenants, 20,000 users, 12 models, 8 targets; one in ten with a
// finding.
Record NewRecord(uint64_t i, int64_t time_us, Dice& dice) {
  Record r;
  char id[64];
  std::snprintf(id, sizeof(id), "req_%012llx%020llx", static_cast<unsigned long long>(time_us / 1000),
                static_cast<unsigned long long>(dice.Below(uint64_t{1} << 62)));
  r.request_id = id;
  r.time_us = r.started_us = time_us;
  r.tenant = "tenant-" + std::to_string(dice.Below(200));
  r.user = i % 100'003 == 7 ? "rare-user" : "user-" + std::to_string(dice.Below(20'000));
  r.principal = "key:" + std::to_string(dice.Below(400));
  r.client_address = "10.20.30.40";
  r.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  r.endpoint = "/v1/chat/completions";
  r.method = "POST";
  r.model = r.upstream_model = "model-" + std::to_string(dice.Below(12));
  r.target = "target-" + std::to_string(dice.Below(8));
  r.provider = "provider-" + std::to_string(dice.Below(3));
  r.attempts = {{r.target, r.model, "ok", 200, 812'000}};
  r.verdict = "allow";
  r.reason_code = "all_policies_passed";
  const uint64_t kind = dice.Below(1000);
  if (kind < 100) {
    r.verdict = kind < 60 ? "redact" : kind < 99 ? "block" : "escalate";
    r.policy = kind < 60 ? "pii-detector" : kind < 80 ? "prompt-injection" : "safety-filter";
    r.reason_code = kind < 60 ? "pii.detected" : "policy.blocked." + std::to_string(kind % 20);
    const char* rule = i % 50'021 == 11 ? "passport" : "email";
    r.findings = {{r.policy, rule, r.verdict, "input", r.reason_code, "messages[1].content", 0.95, 10, 27}};
  }
  r.outcome = r.verdict == "block" ? "blocked" : "ok";
  r.http_status = r.verdict == "block" ? 400 : 200;
  r.finish_reason = "stop";
  r.prompt_tokens = dice.Below(2000);
  r.completion_tokens = dice.Below(800);
  r.cost_usd = i % 99'991 == 3 ? 7.5 : static_cast<double>(dice.Below(20'000)) * 1e-6;
  r.request_bytes = 2048;
  r.response_bytes = 8192;
  r.request_sha256 = std::string(64, 'a');
  r.response_sha256 = std::string(64, 'b');
  r.bundle = "3f1c9a7d5e";
  r.config_version = "cfg-3";
  r.policy_us = 31;
  r.total_us = 200'000 + dice.Below(3'000'000);
  r.overhead_us = 92;
  return r;
}

class Filler {
 public:
  Filler(AuditApi& audit, bool late) : audit_(audit), late_(late) {}

  void Add(Record record) {
    record.kind = LeafKind::kIntent;
    const std::string outcome = std::move(record.outcome);
    Push(record);
    record.kind = LeafKind::kOutcome;
    record.intent = LeafId{kSpool, sequence_};
    record.outcome = outcome;
    waiting_.push_back(std::move(record));
    while (waiting_.size() > (late_ ? 2 * kBatch : 0)) Finish();
  }
  void End() {
    while (!waiting_.empty()) Finish();
    Send();
  }
  double cpu_seconds() const { return cpu_seconds_; }
  const std::string& newest_id() const { return newest_id_; }

 private:
  void Finish() {
    newest_id_ = waiting_.front().request_id;
    Push(waiting_.front());
    waiting_.pop_front();
  }
  void Push(const Record& record) {
    Leaf& leaf = batch_.emplace_back(Leaf{{kSpool, ++sequence_}, ""});
    Encode(record, &leaf.bytes);
    if (batch_.size() == kBatch) Send();
  }
  void Send() {
    const double begin = CpuSeconds();
    audit_.Append(std::exchange(batch_, {}), [](const absl::Status& status) {
      if (!status.ok()) std::cerr << status << "\n", std::exit(1);
    });
    cpu_seconds_ += CpuSeconds() - begin;
  }

  AuditApi& audit_;
  const bool late_;
  uint64_t sequence_ = 0;
  std::vector<Leaf> batch_;
  std::deque<Record> waiting_;  // for their outcome
  double cpu_seconds_ = 0;
  std::string newest_id_;
};

// Runs `ask` until it ran 9 times, and prints its first, median and greatest time.
void Measure(const base::Clock& clock, const std::string& name, const std::function<size_t()>& ask) {
  std::vector<double> millis;
  size_t found = 0;
  for (int i = 0; i < 9; ++i) {
    const base::MonotonicTime begin = clock.Monotonic();
    found = ask();
    millis.push_back(std::chrono::duration<double, std::milli>(clock.Monotonic() - begin).count());
  }
  const double first = millis[0];
  std::sort(millis.begin(), millis.end());
  std::printf("| %-34s | %8zu | %8.2f | %8.2f | %8.2f |\n", name.c_str(), found, first, millis[4],
              millis.back());
  std::fflush(stdout);
}

void MeasureAll(AuditApi& audit, const base::Clock& clock, const std::string& newest_id, int64_t days) {
  const int64_t day = kBegin + (days / 2) * kDayUs;
  std::printf("| %-34s | %8s | %8s | %8s | %8s |\n|---|---|---|---|---|\n", "question", "answers", "first ms",
              "p50 ms", "max ms");
  std::vector<std::pair<std::string, Query>> questions = {{"no filter", {}}};
  const auto add = [&questions](const std::string& name, auto&& change) {
    change(questions.emplace_back(name, Query{}).second);
  };
  add("a day", [&](Query& q) { q.since_us = day, q.until_us = day + kDayUs; });
  add("since an hour in the middle", [&](Query& q) { q.since_us = day; });
  for (const Dimension& dimension : kDimensions) {
    const Record record = [] {
      Dice dice;
      Record r = NewRecord(1, kBegin, dice);
      r.verdict = "block", r.policy = "safety-filter", r.reason_code = "policy.blocked.3",
      r.outcome = "blocked";
      return r;
    }();
    add(std::string(dimension.name) + " " + record.*dimension.record,
        [&](Query& q) { q.*dimension.query = record.*dimension.record; });
  }
  add("verdict escalate", [](Query& q) { q.verdict = "escalate"; });
  add("user rare-user", [](Query& q) { q.user = "rare-user"; });
  add("user unknown", [](Query& q) { q.user = "nobody"; });
  add("request id", [&](Query& q) { q.request_id = newest_id; });
  add("cost >= 7 USD", [](Query& q) { q.min_cost_usd = 7; });
  add("cost >= 0.0199 USD", [](Query& q) { q.min_cost_usd = 0.0199; });
  add("text passport", [](Query& q) { q.text = "passport"; });
  add("text blocked", [](Query& q) { q.text = "blocked"; });
  add("tenant and block and model",
      [](Query& q) { q.tenant = "tenant-7", q.verdict = "block", q.model = "model-3"; });
  for (auto& [name, query] : questions) {
    for (const bool newest_first : {true, false}) {
      query.newest_first = newest_first;
      Measure(clock, name + (newest_first ? ", newest" : ", oldest"), [&] {
        size_t found = 0;
        audit.Find(query, [&](auto records) { found = records.ok() ? records->size() : 0; });
        return found;
      });
    }
  }
  for (const std::vector<std::string>& by : std::vector<std::vector<std::string>>{
           {}, {"verdict"}, {"model", "verdict"}, {"tenant"}, {"user"}, {"hour"}}) {
    std::string name = "figures of a day by";
    for (const std::string& field : by) name += " " + field;
    StatsQuery query;
    query.query.since_us = day;
    query.query.until_us = day + kDayUs;
    query.by = by;
    Measure(clock, name, [&] {
      size_t found = 0;
      audit.Aggregate(query, [&](auto stats) { found = stats.ok() ? stats->total.records : 0; });
      return found;
    });
  }
}

int Main(int argc, char** argv) {
  CLI::App app("Fills an audit store and measures what questions cost.", argv[0]);
  uint64_t records = 1'000'000;
  int64_t days = 30;
  bool late = false;
  std::string file, server;
  app.add_option("--records", records, "how many");
  app.add_option("--days", days, "that they are spread over");
  app.add_flag("--late", late, "outcomes come in later batches than their intents");
  app.add_option("--keep", file, "the database, filled if it is not there, kept afterwards");
  app.add_option("--postgresql", server, "connection string of an empty database, in place of SQLite");
  CLI11_PARSE(app, argc, argv);
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("pc_bench_" + crypto::RandomHex(8));
  if (file.empty()) std::filesystem::create_directories(folder);
  const std::string path = file.empty() ? (folder / "audit.db").native() : file;
  const bool filled = server.empty() && std::filesystem::exists(path);
  base::SystemClock clock;
  telemetry::NullMetrics metrics;
  telemetry::NullLogger logger;
  StorePlace place(path);
  place.postgresql = server;
  place.log_id = crypto::RandomHex(16);
  const auto store = OpenStore(place, spool::Durability::kProcess, clock);
  if (!store.ok()) return std::cerr << store.status() << "\n", 1;
  AuditHandler handler(**store, clock, metrics, logger);
  std::string newest_id;
  if (!filled) {
    Filler filler(handler, late);
    Dice dice;
    const base::MonotonicTime begin = clock.Monotonic();
    for (uint64_t i = 0; i < records; ++i) {
      filler.Add(NewRecord(
          i, kBegin + static_cast<int64_t>(i) * (days * kDayUs / static_cast<int64_t>(records)), dice));
    }
    filler.End();
    const double seconds = std::chrono::duration<double>(clock.Monotonic() - begin).count();
    newest_id = filler.newest_id();
    std::printf("%llu records in %.0f s, %.2f us CPU each to store, %.0f bytes each on the disk\n",
                static_cast<unsigned long long>(records), seconds,
                filler.cpu_seconds() * 1e6 / static_cast<double>(records),
                static_cast<double>((*store)->DiskBytes()) / static_cast<double>(records));
  } else {
    Query newest;
    newest.newest_first = true;
    newest.limit = 1;
    handler.Find(newest, [&](auto found) { newest_id = found->at(0).record.request_id; });
  }
  MeasureAll(handler, clock, newest_id, days);
  std::error_code ignored;
  if (file.empty()) std::filesystem::remove_all(folder, ignored);
  return 0;
}

}  // namespace
}  // namespace portcullis::audit

int main(int argc, char** argv) { return portcullis::audit::Main(argc, argv); }
