// The JSON walk: what it accepts must be what another parser accepts, and every node must lie where it says.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/json/tape.h"
#include "libs/json/text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  portcullis::json::Tape tape;
  const bool ok = tape.Parse(text, {.max_depth = 200}).ok();
  if (!ok) return 0;  // limits and lone surrogates are refused here alone
  if (!nlohmann::json::accept(text)) std::abort();
  std::string scratch;
  for (uint32_t i = 0; i < tape.size(); ++i) {
    const portcullis::json::Node& node = (&tape.root())[i];
    if (node.begin >= node.end || node.end > text.size()) std::abort();
    if (node.kind != portcullis::json::Kind::kString) continue;
    const std::string decoded(tape.String(node, &scratch));
    std::string quoted;
    portcullis::json::AppendQuoted(decoded, &quoted);
    if (nlohmann::json::parse(quoted).get<std::string>() != decoded) std::abort();
  }
  return 0;
}
