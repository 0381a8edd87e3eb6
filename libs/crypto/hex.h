// Bytes as lower-case hex digits, and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::crypto {

std::string ToHex(std::span<const uint8_t> bytes);

// Fills `bytes`; false unless `hex` has exactly two lower-case digits for each of them.
bool FromHex(std::string_view hex, std::span<uint8_t> bytes);

}  // namespace portcullis::crypto
