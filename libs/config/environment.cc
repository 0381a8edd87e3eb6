#include "libs/config/environment.h"

#include <cstdlib>

namespace portcullis::config {

std::optional<std::string> SystemEnvironment::Get(std::string_view name) const {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

}  // namespace portcullis::config
