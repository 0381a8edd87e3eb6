// What it costs to parse a chat request onto a tape, and to walk the tape as the gateway does: find the model
// and the messages, and take the text of each message. Requests of 330 bytes, 16 KiB and 300 KB, with plain
// text and with an escape every 40 bytes. bytes_per_second is the rate over the raw request.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "libs/json/tape.h"

namespace portcullis::json {
namespace {

// A request whose single message makes it `bytes` long.
std::string Request(size_t bytes, bool escapes) {
  std::string request = R"({"model":"mistral-large-latest","temperature":0.7,"max_tokens":256,"messages":[)"
                        R"({"role":"system","content":"Answer briefly."},{"role":"user","content":")";
  const std::string end = R"("}]})";
  const std::string unit = escapes ? R"(The river runs past green hills,\nand on. )"
                                   : "The river runs past green hills, and on.  ";
  while (request.size() + unit.size() + end.size() <= bytes) request += unit;
  request.append(bytes - request.size() - end.size(), 'x');
  return request + end;
}

void Parse(benchmark::State& state) {
  const std::string request = Request(static_cast<size_t>(state.range(0)), state.range(1) != 0);
  Tape tape;
  for (auto unused : state) {
    if (!tape.Parse(request).ok()) std::abort();
    benchmark::DoNotOptimize(tape.size());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * request.size()));
}

void ParseAndWalk(benchmark::State& state) {
  const std::string request = Request(static_cast<size_t>(state.range(0)), state.range(1) != 0);
  Tape tape;
  std::string scratch;
  for (auto unused : state) {
    if (!tape.Parse(request).ok()) std::abort();
    const Node* model = tape.Find(tape.root(), "model");
    const Node* messages = tape.Find(tape.root(), "messages");
    if (model == nullptr || messages == nullptr) std::abort();
    size_t bytes = tape.String(*model, &scratch).size();
    for (const Node& message : tape.Children(*messages)) {
      bytes += tape.String(*tape.Find(message, "content"), &scratch).size();
    }
    benchmark::DoNotOptimize(bytes);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * request.size()));
}

BENCHMARK(Parse)->ArgNames({"bytes", "escapes"})->ArgsProduct({{330, 16 << 10, 300'000}, {0, 1}});
BENCHMARK(ParseAndWalk)->ArgNames({"bytes", "escapes"})->ArgsProduct({{330, 16 << 10, 300'000}, {0, 1}});

}  // namespace
}  // namespace portcullis::json

BENCHMARK_MAIN();
