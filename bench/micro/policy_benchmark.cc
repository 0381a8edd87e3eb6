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

struct Setup {
  explicit Setup(std::vector<std::string> chain = {"prompt-injection", "pii-detector", "safety-filter"})
      : bundles(Compile(std::move(chain))), engine(&bundles, &clock, &probe) {}

  static std::shared_ptr<const Bundle> Compile(std::vector<std::string> chain) {
    ChainOptions options;
    options.chain = std::move(chain);
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

void Guard(benchmark::State& state, std::string_view pattern) {
  Setup setup;
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

BENCHMARK_CAPTURE(Guard, Chat5B, kChat);
BENCHMARK_CAPTURE(Guard, Digits5B, kDigits);

}  // namespace
}  // namespace portcullis::policy

BENCHMARK_MAIN();
