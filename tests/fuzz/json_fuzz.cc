// The JSON walk: what it accepts must be what another parser accepts, and every node must lie where it says.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/json/tape.h"
#include "libs/json/text.h"

namespace {

using portcullis::json::Kind;
using portcullis::json::Node;
using portcullis::json::Tape;

// Numbers that no double holds are JSON, and kept here as text; the other parser refuses them.
bool HasGiganticNumber(const Tape& tape) {
  for (uint32_t i = 0; i < tape.size(); ++i) {
    const Node& node = (&tape.root())[i];
    if (node.kind == Kind::kNumber && std::isinf(std::strtod(std::string(tape.Raw(node)).c_str(), nullptr)))
      return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Tape tape;
  const bool ok = tape.Parse(text, {.max_depth = 200}).ok();
  if (!ok) return 0;  // limits and lone surrogates are refused here alone
  if (!HasGiganticNumber(tape) && !nlohmann::json::accept(text)) std::abort();
  std::string scratch;
  for (uint32_t i = 0; i < tape.size(); ++i) {
    const Node& node = (&tape.root())[i];
    if (node.begin >= node.end || node.end > text.size()) std::abort();
    if (node.kind != Kind::kString) continue;
    const std::string decoded(tape.String(node, &scratch));
    std::string quoted;
    portcullis::json::AppendQuoted(decoded, &quoted);
    if (nlohmann::json::parse(quoted).get<std::string>() != decoded) std::abort();
  }
  return 0;
}
