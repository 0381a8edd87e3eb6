// What a provider's dialect costs a request: adapting the body, and passing the answer back.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {
namespace {

// A chat of `messages` messages with about `bytes` of text.
std::string Chat(int64_t bytes, int64_t messages, std::string_view fields = "") {
  std::string body = R"({"model":"mistral-large-latest","temperature":0.7,"max_tokens":256,)";
  body += std::string(fields) + R"("messages":[)";
  for (int64_t i = 0; i < messages; ++i) {
    body += i == 0 ? "" : ",";
    body += i % 2 == 0 ? R"({"role":"user","content":")" : R"({"role":"assistant","content":")";
    for (size_t begin = body.size(); body.size() - begin < static_cast<size_t>(bytes / messages);) {
      body += "Twelve boats went out before sunrise. ";
    }
    body += "\"}";
  }
  return body + "]}";
}

constexpr std::string_view kNothing = "";
constexpr std::string_view kSomeChanges =
    R"("seed":7,"user":"u-1","store":false,"parallel_tool_calls":true,)";

void Request(benchmark::State& state, Dialect dialect, std::string_view fields) {
  const std::string body = Chat(state.range(0), state.range(1), fields);
  DialectOptions options;
  options.dialect = dialect;
  json::Tape tape;
  for (auto _ : state) {
    AdaptedRequest adapted;
    Refusal refusal;
    if (!AdaptRequest(options, Operation::kChatCompletions, false, body, &tape, &adapted, &refusal)) {
      state.SkipWithError("refused");
      break;
    }
    benchmark::DoNotOptimize(adapted.body.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}

std::string WholeAnswer(int64_t bytes) {
  return R"({"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":")" +
         std::string(static_cast<size_t>(bytes), 'a') +
         R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}})";
}

void Whole(benchmark::State& state, Dialect dialect) {
  const std::string body = WholeAnswer(state.range(0));
  DialectOptions options;
  options.dialect = dialect;
  std::string out;
  for (auto _ : state) {
    const auto adapter = MakeAnswerAdapter(options, false, 1'700'000'000);
    out.clear();
    if (!adapter->Begin("application/json").ok() || !adapter->Feed(body, &out).ok() ||
        !adapter->Finish(&out).ok()) {
      state.SkipWithError("no answer");
      break;
    }
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}

// A stream of events that come one at a time; the time is that of one event.
void Event(benchmark::State& state, Dialect dialect) {
  const std::string event =
      "data: "
      R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,)"
      R"("delta":{"content":"boats"},"finish_reason":null}]})"
      "\n\n";
  DialectOptions options;
  options.dialect = dialect;
  const auto adapter = MakeAnswerAdapter(options, true, 1'700'000'000);
  if (!adapter->Begin("text/event-stream").ok()) state.SkipWithError("no stream");
  std::string out;
  for (auto _ : state) {
    out.clear();
    if (!adapter->Feed(event, &out).ok()) state.SkipWithError("no event");
    benchmark::DoNotOptimize(out.data());
  }
}

BENCHMARK_CAPTURE(Request, mistral, Dialect::kMistral, kNothing)
    ->Args({300, 1})
    ->Args({16'384, 20})
    ->Args({300'000, 1});
BENCHMARK_CAPTURE(Request, mistral_changed, Dialect::kMistral, kSomeChanges)
    ->Args({300, 1})
    ->Args({16'384, 20});
BENCHMARK_CAPTURE(Request, openai, Dialect::kOpenAi, kNothing)->Args({300, 1})->Args({16'384, 20});
BENCHMARK_CAPTURE(Request, anthropic, Dialect::kAnthropic, kNothing)->Args({300, 1})->Args({16'384, 20});
BENCHMARK_CAPTURE(Whole, mistral, Dialect::kMistral)->Arg(300)->Arg(16'384);
BENCHMARK_CAPTURE(Event, mistral, Dialect::kMistral);
BENCHMARK_CAPTURE(Event, azure, Dialect::kAzure);

}  // namespace
}  // namespace portcullis::router

BENCHMARK_MAIN();
