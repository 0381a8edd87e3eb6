// Numbers with a unit behind them, as people write them where digits alone are wanted.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::config {

// "30s" or "1 MiB" as digits in `unit` ("seconds", "milliseconds", "days", "bytes", "tokens"); "" = not
// understood.
std::string ConvertUnit(std::string_view text, std::string_view unit);

}  // namespace portcullis::config
