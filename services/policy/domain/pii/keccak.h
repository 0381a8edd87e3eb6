// Keccak-256 as Ethereum uses it: the permutation of FIPS 202 with the padding of the original submission.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace portcullis::policy {

// Of a text shorter than one block (136 bytes); longer ones give zeros.
std::array<uint8_t, 32> Keccak256(std::string_view text);

}  // namespace portcullis::policy
