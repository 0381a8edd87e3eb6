#include "libs/config/units.h"

#include <charconv>
#include <cstdint>

#include "libs/base/strings.h"

namespace portcullis::config {
namespace {

struct Unit {
  std::string_view suffix;
  std::string_view of;  // Meta::unit
  int64_t factor;
};

constexpr Unit kUnits[] = {{"s", "seconds", 1},
                           {"m", "seconds", 60},
                           {"min", "seconds", 60},
                           {"h", "seconds", 3600},
                           {"ms", "milliseconds", 1},
                           {"s", "milliseconds", 1000},
                           {"m", "milliseconds", 60'000},
                           {"d", "days", 1},
                           {"y", "days", 365},
                           {"B", "bytes", 1},
                           {"KB", "bytes", 1000},
                           {"MB", "bytes", 1'000'000},
                           {"GB", "bytes", 1'000'000'000},
                           {"KiB", "bytes", 1 << 10},
                           {"MiB", "bytes", 1 << 20},
                           {"GiB", "bytes", 1 << 30},
                           {"k", "tokens", 1000},
                           {"K", "tokens", 1000}};

}  // namespace

std::string ConvertUnit(std::string_view text, std::string_view unit) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || number < 0 || number > 1'000'000'000) return "";
  std::string_view suffix = text.substr(parsed.ptr - text.data());
  while (!suffix.empty() && suffix.front() == ' ') suffix.remove_prefix(1);
  for (const Unit& known : kUnits) {
    if (known.of == unit && known.suffix == suffix) return base::StrCat(number * known.factor);
  }
  return "";
}

}  // namespace portcullis::config
