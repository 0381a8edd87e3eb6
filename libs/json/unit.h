// One unit of a JSON string: a raw byte, or an escape sequence with what it stands for. Private to libs/json.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis::json::internal {

struct Unit {
  uint32_t raw_length = 1;
  uint32_t text_length = 1;
  char text[4] = {};
};

// The value of four hex digits, or -1.
int Hex4(std::string_view digits);

// UTF-8 of a code point; returns the number of bytes, 1 to 4.
uint32_t EncodeUtf8(uint32_t code_point, char* out);

// Reads the unit at `raw[at]`. Precondition: `raw` is the inside of a valid JSON string.
Unit ReadUnit(std::string_view raw, size_t at);

}  // namespace portcullis::json::internal
