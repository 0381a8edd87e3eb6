// The context of a pre-check: a UUID that says by itself whom it was given to and until when it holds.
//
// Nothing is stored, so nothing is shared or lost: every worker, and every edge with the same key, knows the
// contexts of all others. Layout of the 16 bytes (RFC 9562, version 8):
//   0-3 end of life, seconds since 1970   4-5 random   6 version, random   7 random   8 variant, tag   9-15
//   tag
// The tag is the start of HMAC-SHA-256(key, bytes 0-7 || caller): 62 bits, which an outsider meets by chance
// once in 4.6e18 tries.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::edge {

enum class ContextState : uint8_t {
  kValid,
  kExpired,
  kUnknown,  // no context of ours, or given to somebody else
};

class ContextIds {
 public:
  // `key`: of any length but 0; 32 random bytes are best.
  explicit ContextIds(std::string key) : key_(std::move(key)) {}

  // 36 characters, lower case.
  std::string Make(std::string_view caller, std::chrono::seconds ends_at, uint64_t random) const;

  // `now` and `ends_at`: since 1970.
  ContextState Check(std::string_view id, std::string_view caller, std::chrono::seconds now) const;

 private:
  void Seal(std::string_view caller, uint8_t* bytes) const;

  const std::string key_;
};

// A random UUID (version 4) out of 128 random bits.
std::string RandomUuid(uint64_t high, uint64_t low);

}  // namespace portcullis::edge
