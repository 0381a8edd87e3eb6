// What an audit record costs: encoding, appending (time as the worker sees it, and CPU), and storing.
// Percentiles are in the counters p50_us and p99_us; cpu_us is the thread's CPU time per record.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/crypto/sha256.h"
#include "libs/spool/consumer.h"
#include "libs/spool/writer.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/record_spool.h"
#include "services/audit/domain/log_file.h"

namespace portcullis::audit {
namespace {

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("pc_bench_" + crypto::RandomHex(8))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A usual outcome: one attempt, one finding; 659 bytes encoded.
Record UsualRecord() {
  Record r;
  r.request_id = "req_018bcfe56800a1b2c3d4e5f60718293a";
  r.intent = LeafId{"00112233aabbccdd", 123456};
  r.time_us = r.started_us = 1'700'000'000'000'000;
  r.principal = "key:production";
  r.client_address = "10.20.30.40";
  r.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  r.endpoint = "/v1/chat/completions";
  r.method = "POST";
  r.model = r.upstream_model = "mistral-large-latest";
  r.target = "mistral-primary";
  r.provider = "mistral";
  r.attempts = {{"mistral-primary", "mistral-large-latest", "ok", 200, 812'000}};
  r.verdict = "redact";
  r.policy = "pii-detector";
  r.reason_code = "pii.detected";
  r.outcome = "ok";
  r.http_status = 200;
  r.finish_reason = "stop";
  r.findings = {
      {"pii-detector", "email", "redact", "input", "pii.detected", "messages[1].content", 0.95, 10, 27}};
  r.prompt_tokens = 120;
  r.completion_tokens = 450;
  r.cost_usd = 0.00123;
  r.request_bytes = 2048;
  r.response_bytes = 8192;
  r.request_sha256 = std::string(64, 'a');
  r.response_sha256 = std::string(64, 'b');
  r.bundle = "3f1c9a7d5e";
  r.config_version = "cfg-3";
  r.policy_us = 31;
  r.first_byte_us = 400'000;
  r.total_us = 812'345;
  r.overhead_us = 92;
  return r;
}

int64_t ThreadCpuNanos() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Runs `append` per iteration and reports its latencies and its CPU time.
template <typename Append>
void MeasureAppend(benchmark::State& state, Append&& append) {
  base::SystemClock clock;
  std::vector<int64_t> nanos;
  nanos.reserve(1 << 22);
  const int64_t cpu = ThreadCpuNanos();
  for (auto _ : state) {
    const auto begin = clock.Monotonic();
    if (!append()) return state.SkipWithError("append failed");
    nanos.push_back((clock.Monotonic() - begin).count());
  }
  const double count = static_cast<double>(nanos.size());
  state.counters["cpu_us"] = static_cast<double>(ThreadCpuNanos() - cpu) / count / 1000;
  std::sort(nanos.begin(), nanos.end());
  const auto at = [&](double share) {
    return static_cast<double>(nanos[static_cast<size_t>(share * (count - 1))]) / 1000;
  };
  state.counters["p50_us"] = at(0.5);
  state.counters["p99_us"] = at(0.99);
  state.counters["p999_us"] = at(0.999);
}

void BM_Encode(benchmark::State& state) {
  const Record record = UsualRecord();
  std::string bytes;
  for (auto _ : state) {
    Encode(record, &bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(BM_Encode);

void BM_Decode(benchmark::State& state) {
  std::string bytes;
  Encode(UsualRecord(), &bytes);
  for (auto _ : state) benchmark::DoNotOptimize(Decode(bytes));
}
BENCHMARK(BM_Decode);

void BM_DecodeIndex(benchmark::State& state) {
  Leaf leaf = {{"00112233aabbccdd", 1}, ""};
  Encode(UsualRecord(), &leaf.bytes);
  for (auto _ : state) benchmark::DoNotOptimize(DecodeIndex(leaf));
}
BENCHMARK(BM_DecodeIndex);

void BM_DecodeLink(benchmark::State& state) {
  std::string bytes;
  Encode(UsualRecord(), &bytes);
  for (auto _ : state) benchmark::DoNotOptimize(DecodeLink(bytes));
}
BENCHMARK(BM_DecodeLink);

// Encoding, chaining, checking and one write(2).
void BM_AppendRecord(benchmark::State& state) {
  Folder folder;
  base::SystemClock clock;
  telemetry::NullMetrics metrics;
  spool::Budget budget(uint64_t{1} << 40);
  const ContentOptions nothing;
  RecordSpool spool(*spool::Writer::Create(folder.path(), {}, budget, nullptr, clock), nothing, clock,
                    metrics);
  const Record record = UsualRecord();
  MeasureAppend(state, [&] { return spool.Append(record).ok(); });
}
BENCHMARK(BM_AppendRecord)->Iterations(200'000);

// With a text of so many bytes beside the leaf, sealed.
void BM_AppendSealedContent(benchmark::State& state) {
  Folder folder;
  base::SystemClock clock;
  telemetry::NullMetrics metrics;
  spool::Budget budget(uint64_t{1} << 40);
  ContentOptions contents;
  contents.rules.encrypted = true;
  contents.keys.Add("k1", crypto::RandomKey());
  RecordSpool spool(*spool::Writer::Create(folder.path(), {}, budget, nullptr, clock), contents, clock,
                    metrics);
  const Record record = UsualRecord();
  const std::string text(static_cast<size_t>(state.range(0)), 'x');
  MeasureAppend(state, [&] { return spool.Append(record, {{kInputPart, text, false, {}}}).ok(); });
}
BENCHMARK(BM_AppendSealedContent)->Arg(1'000)->Arg(10'000)->Iterations(20'000);

// Without content, while another thread reads and acknowledges, as the shipper does.
void BM_AppendRecordWhileShipping(benchmark::State& state) {
  Folder folder;
  base::SystemClock clock;
  telemetry::NullMetrics metrics;
  spool::Budget budget(uint64_t{1} << 40);
  auto writer = *spool::Writer::Create(folder.path(), {}, budget, nullptr, clock);
  spool::Consumer consumer(writer->handle(), budget);
  const ContentOptions nothing;
  RecordSpool spool(std::move(writer), nothing, clock, metrics);
  std::jthread shipper([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      uint64_t last = 0;
      for (int i = 0; i < 2048; ++i) {
        const auto leaf = consumer.Next();
        if (!leaf.ok() || !*leaf) break;
        last = (*leaf)->sequence;
      }
      if (last == 0 || !consumer.Acknowledge(last).ok()) std::this_thread::yield();
    }
  });
  const Record record = UsualRecord();
  MeasureAppend(state, [&] { return spool.Append(record).ok(); });
}
BENCHMARK(BM_AppendRecordWhileShipping)->Iterations(200'000);

// With `durability: disk`: so many requests at once, each waiting for the disk before it goes on. Time per
// record, and how many share a sync.
void BM_AppendSynced(benchmark::State& state) {
  Folder folder;
  base::SystemClock clock;
  telemetry::NullMetrics metrics;
  spool::Budget budget(uint64_t{1} << 40);
  spool::GroupSync sync;
  spool::WriterOptions options;
  options.durability = spool::Durability::kDisk;
  const ContentOptions nothing;
  RecordSpool spool(*spool::Writer::Create(folder.path(), options, budget, &sync, clock), nothing, clock,
                    metrics);
  const Record record = UsualRecord();
  std::mutex mutex;
  std::condition_variable wake;
  int64_t waiting = 0;
  const auto wait = [&](int64_t at_most) {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return waiting <= at_most; });
  };
  for (auto _ : state) {
    wait(state.range(0) - 1);
    if (!spool.Append(record).ok()) return state.SkipWithError("append failed");
    {
      std::lock_guard lock(mutex);
      ++waiting;
    }
    spool.Sync([&](absl::Status) {
      std::lock_guard lock(mutex);
      --waiting;
      wake.notify_one();
    });
  }
  wait(0);
  state.SetItemsProcessed(state.iterations());
  state.counters["records/sync"] =
      static_cast<double>(state.iterations()) / static_cast<double>(std::max<uint64_t>(sync.rounds(), 1));
}
BENCHMARK(BM_AppendSynced)->Arg(1)->Arg(8)->Arg(64)->Arg(512)->UseRealTime();

// Leaves in batches of the given size into SQLite, an intent and an outcome per record; time per leaf.
void BM_StoreLeaf(benchmark::State& state) {
  Folder folder;
  base::SystemClock clock;
  telemetry::NullMetrics metrics;
  telemetry::NullLogger logger;
  auto store = *sqlite::SqliteStore::Open({(folder.path() / "audit.db").native()});
  AuditHandler handler(*store, clock, metrics, logger);
  const std::string spool_id = "00112233aabbccdd";
  Record outcome = UsualRecord(), intent = UsualRecord();
  intent.kind = LeafKind::kIntent;
  intent.intent.reset();
  intent.findings.clear();
  uint64_t sequence = 0;
  std::vector<Leaf> batch;
  for (auto _ : state) {
    state.PauseTiming();
    batch.clear();
    for (int64_t i = 0; i < state.range(0); ++i) {
      ++sequence;
      Record& record = sequence % 2 == 1 ? intent : outcome;
      record.time_us = record.started_us = static_cast<int64_t>(1'700'000'000'000'000 + sequence * 50);
      record.request_id = "req_" + std::to_string(100'000'000 + (sequence - 1) / 2);
      if (sequence % 2 == 0) record.intent->sequence = sequence - 1;
      Encode(record, &batch.emplace_back(Leaf{{spool_id, sequence}, ""}).bytes);
    }
    state.ResumeTiming();
    handler.Append(std::move(batch), [&](absl::Status status) {
      if (!status.ok()) state.SkipWithError("append failed");
    });
    batch = {};
  }
  state.counters["us_per_leaf"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)) / 1e6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_StoreLeaf)->Arg(64)->Arg(2048);

// `audit verify` on a file of 100,000 leaves of two kinds, signed each 10,000; records are two leaves.
void BM_VerifyLog(benchmark::State& state) {
  constexpr uint64_t kLeaves = 100'000;
  const crypto::SigningKey key = crypto::SigningKey::Generate();
  const std::string log_id(32, '0');
  Record outcome = UsualRecord(), intent = UsualRecord();
  intent.kind = LeafKind::kIntent;
  intent.intent.reset();
  intent.findings.clear();
  std::string file, bytes[2];
  Encode(intent, &bytes[0]);
  Encode(outcome, &bytes[1]);
  crypto::MerkleFrontier tree;
  crypto::MerkleHasher hasher;
  BeginLogFile(log_id, &file);
  for (uint64_t i = 0; i < kLeaves; ++i) {
    LogEntry entry{i, {}, {"00112233aabbccdd", i + 1}, bytes[i % 2]};
    entry.hash = HashOfLeaf(hasher, entry.id, *entry.bytes);
    tree.Append(entry.hash);
    AppendLogEntry(entry, &file);
    if (tree.size() % 10'000 != 0) continue;
    LogHead head{log_id, tree.size(), tree.Root(), 1, {}, {}};
    SignHead(key, &head);
    AppendLogHead(head, &file);
  }
  EndLogFile(kLeaves, kLeaves / 10'000, &file);
  for (auto _ : state) {
    LogVerifier verifier(log_id, {key.verifying_key()});
    if (!VerifyLogFile(file, verifier).ok()) state.SkipWithError("not verified");
  }
  state.counters["leaves/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kLeaves), benchmark::Counter::kIsRate);
  state.counters["bytes/leaf"] = static_cast<double>(file.size()) / kLeaves;
}
BENCHMARK(BM_VerifyLog);

}  // namespace
}  // namespace portcullis::audit

BENCHMARK_MAIN();
