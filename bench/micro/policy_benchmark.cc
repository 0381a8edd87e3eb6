// What the policies cost: whole texts, long and short, and the guard's pieces. The chain is the default one.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "libs/base/clock.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kChat =
    "Thanks for the detailed explanation. I have read the chapter twice now, and the part on memory ordering "
    "still "
    "puzzles me: when two threads write to different members of the same structure, is that a race or not? "
    "My "
    "colleague says the compiler may merge the stores, but I could not find that in the text. Could you give "
    "me a "
    "short example in C++ and tell me which of the two is right? It would help if you kept it to ten lines "
    "or so. "
    "We are planning the release for Thursday, so there is no hurry, but a first answer today would be "
    "lovely. ";

constexpr std::string_view kDigits =
    "2024-05-17 12:30:45.123 INFO order 8841273 total 1,299.00 EUR vat 19% qty 3 sku 4711-0815 build 1.24.3 "
    "took 35 ms; "
    "ids 100231, 100232, 100233; ratio 0.3141592; range 10-20; port 8080; hash 9f86d081884c7d65; 12/24/36 "
    "months. ";

std::string Repeat(std::string_view text, size_t size) {
  std::string out;
  while (out.size() < size) out += text;
  out.resize(size);
  return out;
}

// Two words that no text holds, as names of projects are.
std::string Term(int number) {
  static const char* const kSyllables[] = {"mar", "tol", "ven", "zu",  "kri",
                                           "bel", "dor", "fen", "gal", "hyp"};
  std::string term = "project ";
  for (int rest = number + 1000; rest > 0; rest /= 10) term += kSyllables[rest % 10];
  return term;
}

struct Setup {
  explicit Setup(std::vector<std::string> chain = {"prompt-injection", "pii-detector", "safety-filter"})
      : bundles(Compile(std::move(chain))), engine(&bundles, &clock, &probe) {}

  explicit Setup(const ChainOptions& options) : bundles(Compile(options)), engine(&bundles, &clock, &probe) {}

  static std::shared_ptr<const Bundle> Compile(std::vector<std::string> chain) {
    ChainOptions options;
    options.chain = std::move(chain);
    for (int i = 0; i < 200; ++i) options.dlp_filter.blocked_terms.push_back(Term(i));
    return Compile(options);
  }

  static std::shared_ptr<const Bundle> Compile(const ChainOptions& options) {
    auto bundle = Bundle::Compile(options);
    if (!bundle.ok()) std::abort();
    return *std::move(bundle);
  }

  std::unique_ptr<Exchange> Open(const std::string& text) {
    OpenRequest request;
    if (!text.empty())
      request.input.push_back({text, SegmentKind::kText, Role::kUser, "messages[0].content"});
    std::unique_ptr<Exchange> exchange;
    engine.Open(request, [&](absl::StatusOr<OpenResult> result) {
      benchmark::DoNotOptimize(result->decision.action);
      exchange = std::move(result->exchange);
    });
    return exchange;
  }

  base::SystemClock clock;
  NullProbe probe;
  BundleSource bundles;
  Engine engine;
};

void Whole(benchmark::State& state, std::string_view pattern, size_t size, std::vector<std::string> chain) {
  Setup setup(std::move(chain));
  const std::string text = Repeat(pattern, size);
  for (auto _ : state) setup.Open(text);
  state.counters["per_KB"] =
      benchmark::Counter(static_cast<double>(size) / 1024.0,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

const std::vector<std::string> kAll = {"prompt-injection", "pii-detector", "safety-filter"};

// Every policy that looks for patterns.
const std::vector<std::string> kEvery = {"prompt-injection", "pii-detector",  "secrets",
                                         "safety-filter",    "sql-injection", "dlp-filter"};

BENCHMARK_CAPTURE(Whole, Chat16K_every, kChat, 16384, kEvery);
BENCHMARK_CAPTURE(Whole, Prompt300B_every, kChat, 300, kEvery);
BENCHMARK_CAPTURE(Whole, Digits16K_every, kDigits, 16384, kEvery);
BENCHMARK_CAPTURE(Whole, Chat16K_sql, kChat, 16384, {"sql-injection"});
BENCHMARK_CAPTURE(Whole, Chat16K_dlp, kChat, 16384, {"dlp-filter"});
BENCHMARK_CAPTURE(Whole, Chat16K_secrets, kChat, 16384, {"secrets"});
BENCHMARK_CAPTURE(Whole, Chat16K_all, kChat, 16384, kAll);
BENCHMARK_CAPTURE(Whole, Chat16K_pii, kChat, 16384, {"pii-detector"});
BENCHMARK_CAPTURE(Whole, Chat16K_injection, kChat, 16384, {"prompt-injection"});
BENCHMARK_CAPTURE(Whole, Chat16K_safety, kChat, 16384, {"safety-filter"});
BENCHMARK_CAPTURE(Whole, Digits16K_all, kDigits, 16384, kAll);
BENCHMARK_CAPTURE(Whole, Digits16K_pii, kDigits, 16384, {"pii-detector"});
BENCHMARK_CAPTURE(Whole, Prompt300B_all, kChat, 300, kAll);

// The limits: texts of 10 MB, near misses without end, 100,000 segments.
constexpr std::string_view kMillionDigits = "7";
BENCHMARK_CAPTURE(Whole, Chat10M_all, kChat, 10 << 20, kAll);
BENCHMARK_CAPTURE(Whole, Digits10M_all, kDigits, 10 << 20, kAll);
BENCHMARK_CAPTURE(Whole, MillionDigits_all, kMillionDigits, 1'000'000, kAll);
BENCHMARK_CAPTURE(Whole, MillionAts_all, "a@", 1'000'000, kAll);
BENCHMARK_CAPTURE(Whole, MillionPhraseStarts_all, "ignore all previous ", 1'000'000, kAll);

void Segments(benchmark::State& state) {
  Setup setup(kAll);
  OpenRequest request;
  request.input.assign(100'000, {"hello there, how are you?", SegmentKind::kText, Role::kUser, ""});
  for (auto _ : state) {
    setup.engine.Open(request,
                      [](absl::StatusOr<OpenResult> r) { benchmark::DoNotOptimize(r->decision.action); });
  }
}
BENCHMARK(Segments);

// A chat of 20 turns of 300 bytes, with and without what the turns say together.
void Turns(benchmark::State& state, bool together) {
  ChainOptions options;
  options.chain = {"prompt-injection"};
  options.prompt_injection.multi_turn = together;
  Setup setup(options);
  const std::string turn = Repeat(kChat, 300);
  OpenRequest request;
  request.input.assign(20, {turn, SegmentKind::kText, Role::kUser, ""});
  for (auto _ : state) {
    setup.engine.Open(request,
                      [](absl::StatusOr<OpenResult> r) { benchmark::DoNotOptimize(r->decision.action); });
  }
}
BENCHMARK_CAPTURE(Turns, each_alone, false);
BENCHMARK_CAPTURE(Turns, together, true);

// Names and addresses beside the other identifiers.
void Names(benchmark::State& state, bool on) {
  ChainOptions options;
  options.chain = {"pii-detector"};
  options.pii_detector.detect_names = options.pii_detector.detect_addresses = on;
  Setup setup(options);
  const std::string text = Repeat(kChat, 16384);
  for (auto _ : state) setup.Open(text);
  state.counters["per_KB"] =
      benchmark::Counter(16, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(Names, off, false);
BENCHMARK_CAPTURE(Names, on, true);

// SQL where it is looked for: in what a tool answered.
void SqlInTools(benchmark::State& state, std::string_view pattern, bool fuzzy) {
  ChainOptions options;
  options.chain = {fuzzy ? "dlp-filter" : "sql-injection"};
  options.dlp_filter.fuzzy_matching = fuzzy;
  for (int i = 0; i < 200; ++i) options.dlp_filter.blocked_terms.push_back(Term(i));
  BundleSource bundles(*Bundle::Compile(options));
  base::SystemClock clock;
  NullProbe probe;
  Engine engine(&bundles, &clock, &probe);
  const std::string text = Repeat(pattern, 16384);
  OpenRequest request;
  request.input.push_back({text, SegmentKind::kText, Role::kTool, "messages[0].content"});
  for (auto _ : state)
    engine.Open(request,
                [](absl::StatusOr<OpenResult> result) { benchmark::DoNotOptimize(result->decision.action); });
  state.counters["per_KB"] =
      benchmark::Counter(16, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

constexpr std::string_view kQuery =
    "SELECT o.id, c.name, sum(i.price * i.quantity) AS total FROM orders o JOIN customers c ON c.id = "
    "o.customer_id "
    "WHERE o.status = 'open' AND c.country IN ('DE', 'FR') GROUP BY o.id, c.name HAVING sum(i.price) > 100 "
    "ORDER BY 3; ";

BENCHMARK_CAPTURE(SqlInTools, ToolAnswer16K, kChat, false);
BENCHMARK_CAPTURE(SqlInTools, Query16K, kQuery, false);
BENCHMARK_CAPTURE(SqlInTools, FuzzyTerms16K, kChat, true);

void CompileBundle(benchmark::State& state) {
  ChainOptions options;
  options.chain = kEvery;
  for (int64_t i = 0; i < state.range(0); ++i)
    options.dlp_filter.detect_patterns.push_back("K" + std::to_string(i) + "-[A-Z]{2}[0-9]{3,5}");
  for (auto _ : state) benchmark::DoNotOptimize(Bundle::Compile(options));
}
BENCHMARK(CompileBundle)->Arg(14)->Arg(1000)->Unit(benchmark::kMillisecond);

void ManyPatterns(benchmark::State& state) {
  ChainOptions options;
  options.chain = {"dlp-filter"};
  for (int64_t i = 0; i < state.range(0); ++i)
    options.dlp_filter.detect_patterns.push_back("K" + std::to_string(i) + "-[A-Z]{2}[0-9]{3,5}");
  BundleSource bundles(*Bundle::Compile(options));
  base::SystemClock clock;
  NullProbe probe;
  Engine engine(&bundles, &clock, &probe);
  const std::string text = Repeat(kChat, 16384);
  OpenRequest request;
  request.input.push_back({text, SegmentKind::kText, Role::kUser, "messages[0].content"});
  for (auto _ : state)
    engine.Open(request,
                [](absl::StatusOr<OpenResult> result) { benchmark::DoNotOptimize(result->decision.action); });
  state.counters["per_KB"] =
      benchmark::Counter(16, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(ManyPatterns)->Arg(14)->Arg(1000);

void Guard(benchmark::State& state, std::string_view pattern, std::vector<std::string> chain) {
  Setup setup(std::move(chain));
  const std::string text = Repeat(pattern, 4000);
  int64_t chunks = 0;
  for (auto _ : state) {
    auto exchange = setup.Open("");
    std::vector<Piece> pieces(1);
    for (size_t at = 0; at < text.size(); at += 5, ++chunks) {
      pieces[0] = {0, SegmentKind::kText, std::string_view(text).substr(at, 5), at + 5 >= text.size()};
      exchange->Guard(
          pieces, [](absl::StatusOr<GuardResult> result) { benchmark::DoNotOptimize(result->held_bytes); });
    }
  }
  state.counters["per_chunk"] = benchmark::Counter(static_cast<double>(chunks),
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK_CAPTURE(Guard, Chat5B, kChat, kAll);
BENCHMARK_CAPTURE(Guard, Digits5B, kDigits, kAll);
BENCHMARK_CAPTURE(Guard, Chat5B_every, kChat, kEvery);

}  // namespace
}  // namespace portcullis::policy

BENCHMARK_MAIN();
