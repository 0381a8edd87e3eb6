// Telephone country codes (ITU-T E.164) and how many digits may follow them.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::policy {

struct CountryCode {
  std::string_view digits;
  uint8_t min, max;  // digits of the national number
};

// The country code that `digits` begin with, or nullptr.
const CountryCode* FindCountryCode(std::string_view digits);

}  // namespace portcullis::policy
