#include "libs/crypto/ed25519.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <utility>

#include "libs/crypto/sha256.h"

namespace portcullis::crypto {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Only lack of memory or of randomness makes these calls fail.
void Must(bool ok) {
  if (!ok) std::abort();
}

Bio ReadOnly(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

int NoPassword(char*, int, int, void*) { return -1; }

std::array<uint8_t, 32> PublicBytes(const EVP_PKEY* key) {
  std::array<uint8_t, 32> bytes;
  size_t size = bytes.size();
  Must(EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) == 1 && size == bytes.size());
  return bytes;
}

Key PublicKey(const std::array<uint8_t, 32>& bytes) {
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
}

}  // namespace

VerifyingKey::VerifyingKey(std::array<uint8_t, 32> bytes)
    : bytes_(bytes),
      id_(Hex(Sha256Of({reinterpret_cast<const char*>(bytes.data()), bytes.size()})).substr(0, 16)) {}

absl::StatusOr<VerifyingKey> VerifyingKey::FromPem(std::string_view pem) {
  const Bio bio = ReadOnly(pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, &NoPassword, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return absl::InvalidArgumentError("not an Ed25519 public key in PEM (\"-----BEGIN PUBLIC KEY-----\")");
  }
  return VerifyingKey(PublicBytes(key.get()));
}

bool VerifyingKey::Verify(std::string_view message, const Signature& signature) const {
  const Key key = PublicKey(bytes_);
  const Context context(EVP_MD_CTX_new());
  Must(key != nullptr && context != nullptr &&
       EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

std::string VerifyingKey::Pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  const Key key = PublicKey(bytes_);
  Must(key != nullptr && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1);
  return Text(bio.get());
}

void SigningKey::Free::operator()(void* key) const { EVP_PKEY_free(static_cast<EVP_PKEY*>(key)); }

SigningKey::SigningKey(Handle handle)
    : handle_(std::move(handle)), verifying_(PublicBytes(static_cast<EVP_PKEY*>(handle_.get()))) {}

SigningKey SigningKey::Generate() {
  Handle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  Must(key != nullptr);
  return SigningKey(std::move(key));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(std::string_view pem) {
  const Bio bio = ReadOnly(pem);
  Handle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassword, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(static_cast<EVP_PKEY*>(key.get())) != EVP_PKEY_ED25519) {
    return absl::InvalidArgumentError(
        "not an Ed25519 private key in PEM without a password (\"-----BEGIN PRIVATE KEY-----\")");
  }
  return SigningKey(std::move(key));
}

Signature SigningKey::Sign(std::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  Signature signature;
  size_t size = signature.size();
  Must(context != nullptr &&
       EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(handle_.get())) ==
           1 &&
       EVP_DigestSign(context.get(), signature.data(), &size,
                      reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  return signature;
}

std::string SigningKey::Pem() const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  Must(bio != nullptr && PEM_write_bio_PrivateKey(bio.get(), static_cast<EVP_PKEY*>(handle_.get()), nullptr,
                                                  nullptr, 0, nullptr, nullptr) == 1);
  return Text(bio.get());
}

}  // namespace portcullis::crypto
