// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace portcullis::crypto {

using Digest = std::array<uint8_t, 32>;

// A running hash. Finish gives the digest and starts anew, so that one hasher serves many texts without
// allocating. A copy goes on from what was hashed so far. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256& other);
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::string_view bytes);
  Digest Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Digest Sha256Of(std::string_view bytes);

// 64 lower-case hex digits.
std::string Hex(const Digest& digest);

// `count` bytes from the operating system's generator for keys, as lower-case hex. Aborts if there is none.
std::string RandomHex(size_t count);

}  // namespace portcullis::crypto
