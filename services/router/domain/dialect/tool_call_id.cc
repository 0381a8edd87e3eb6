#include "services/router/domain/dialect/tool_call_id.h"

#include <algorithm>
#include <cstdint>

namespace portcullis::router {
namespace {

constexpr size_t kLength = 9;
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// FNV-1a (64 bits), then the finaliser of MurmurHash3, which spreads what is left in the low bits.
uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

}  // namespace

bool IsMistralToolCallId(std::string_view id) {
  return id.size() == kLength && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

std::string MistralToolCallId(std::string_view id) {
  std::string out;
  uint64_t rest = HashOf(id);
  for (size_t i = 0; i < kLength; ++i, rest /= kAlphabet.size()) out += kAlphabet[rest % kAlphabet.size()];
  return out;
}

}  // namespace portcullis::router
