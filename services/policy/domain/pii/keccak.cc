#include "services/policy/domain/pii/keccak.h"

#include <bit>

namespace portcullis::policy {
namespace {

constexpr size_t kRate = 136;  // bytes of a block

using State = std::array<uint64_t, 25>;

constexpr uint64_t kRoundConstants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
constexpr int kRotations[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
constexpr size_t kLanes[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                               15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

void Permute(State& state) {
  for (const uint64_t constant : kRoundConstants) {
    uint64_t columns[5];
    for (size_t x = 0; x < 5; ++x)
      columns[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    for (size_t i = 0; i < 25; ++i) state[i] ^= columns[(i + 4) % 5] ^ std::rotl(columns[(i + 1) % 5], 1);
    uint64_t moving = state[1];
    for (size_t i = 0; i < 24; ++i) {
      const uint64_t kept = state[kLanes[i]];
      state[kLanes[i]] = std::rotl(moving, kRotations[i]);
      moving = kept;
    }
    for (size_t row = 0; row < 25; row += 5) {
      const uint64_t old[5] = {state[row], state[row + 1], state[row + 2], state[row + 3], state[row + 4]};
      for (size_t x = 0; x < 5; ++x) state[row + x] = old[x] ^ (~old[(x + 1) % 5] & old[(x + 2) % 5]);
    }
    state[0] ^= constant;
  }
}

}  // namespace

std::array<uint8_t, 32> Keccak256(std::string_view text) {
  std::array<uint8_t, 32> out{};
  if (text.size() >= kRate) return out;
  std::array<uint8_t, kRate> block{};
  for (size_t i = 0; i < text.size(); ++i) block[i] = static_cast<uint8_t>(text[i]);
  block[text.size()] = 0x01;
  block[kRate - 1] |= 0x80;
  State state{};
  for (size_t i = 0; i < kRate; ++i) state[i / 8] ^= static_cast<uint64_t>(block[i]) << (8 * (i % 8));
  Permute(state);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint8_t>(state[i / 8] >> (8 * (i % 8)));
  return out;
}

}  // namespace portcullis::policy
