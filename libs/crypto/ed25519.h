// Ed25519 signatures (RFC 8032), by OpenSSL. Keys as PEM (PKCS #8 and SubjectPublicKeyInfo), so that
// `openssl pkey` and `openssl pkeyutl -rawin` read and check them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::crypto {

using Signature = std::array<uint8_t, 64>;

// Thread-safe.
class VerifyingKey {
 public:
  // INVALID_ARGUMENT: no PEM of an Ed25519 public key.
  static absl::StatusOr<VerifyingKey> FromPem(std::string_view pem);

  bool Verify(std::string_view message, const Signature& signature) const;
  std::string Pem() const;

  // What names the key: the first 16 hex digits of the SHA-256 of its 32 bytes.
  const std::string& id() const { return id_; }

 private:
  friend class SigningKey;
  explicit VerifyingKey(std::array<uint8_t, 32> bytes);

  std::array<uint8_t, 32> bytes_;
  std::string id_;
};

// Thread-safe. The secret is wiped when the key is destroyed (by OpenSSL).
class SigningKey {
 public:
  // Aborts if the operating system has no randomness.
  static SigningKey Generate();
  // INVALID_ARGUMENT: no PEM of an Ed25519 private key without a password.
  static absl::StatusOr<SigningKey> FromPem(std::string_view pem);

  Signature Sign(std::string_view message) const;
  std::string Pem() const;  // secret
  const VerifyingKey& verifying_key() const { return verifying_; }

 private:
  struct Free {
    void operator()(void* key) const;
  };
  using Handle = std::unique_ptr<void, Free>;  // EVP_PKEY
  explicit SigningKey(Handle handle);

  Handle handle_;
  VerifyingKey verifying_;
};

}  // namespace portcullis::crypto
