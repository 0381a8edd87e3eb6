// Streams: however the bytes are cut, the events and the texts are the same, and nothing that was fed is
// lost.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "services/edge/domain/openai_request.h"
#include "services/edge/domain/stream_editor.h"

namespace {

using portcullis::edge::StreamEditor;

// Releases every text as it comes.
void ReleaseAll(StreamEditor& editor) {
  portcullis::policy::GuardResult result;
  for (const auto& piece : editor.pieces()) result.releases.push_back({piece.channel, UINT32_MAX, {}});
  editor.Apply(result);
}

std::string Pass(std::string_view stream, size_t step) {
  StreamEditor editor({});
  std::string out;
  for (size_t at = 0; at < stream.size(); at += step) {
    const bool ok = editor.Feed(stream.substr(at, step)).ok();
    ReleaseAll(editor);
    editor.Take(false, &out);
    if (!ok) return out;
  }
  editor.Finish();
  ReleaseAll(editor);
  editor.Take(true, &out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  if (Pass(stream, size) != Pass(stream, 1 + data[0] % 17)) std::abort();

  portcullis::json::Tape tape;
  portcullis::edge::RequestFacts facts;
  (void)ParseRequest(portcullis::router::Operation::kChatCompletions, stream, {}, &tape, &facts);
  return 0;
}
