// Any bytes as a configuration: loading ends, within bounds, without a crash, and an issue never holds a NUL.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "apps/config/load_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const portcullis::config::MapEnvironment kEnvironment;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto loaded = portcullis::app::LoadConfigText("f.yaml", text, kEnvironment);
  if (loaded.issues.Text().find('\0') != std::string::npos) std::abort();
  if (loaded.ok() && loaded.version.empty()) std::abort();
  return 0;
}
