#include "libs/crypto/sha256.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <vector>

#include "libs/crypto/hex.h"

namespace portcullis::crypto {

// The algorithm is fetched once per hasher: OpenSSL 3 takes longer for the fetch than for a short hash.
struct Sha256::Context {
  Context() : md(EVP_MD_fetch(nullptr, "SHA256", nullptr)), ctx(EVP_MD_CTX_new()) {
    if (md == nullptr || ctx == nullptr || EVP_DigestInit_ex2(ctx, md, nullptr) != 1) std::abort();
  }
  Context(const Context& other) : md(other.md), ctx(EVP_MD_CTX_new()) {
    if (ctx == nullptr || EVP_MD_up_ref(md) != 1 || EVP_MD_CTX_copy_ex(ctx, other.ctx) != 1) std::abort();
  }
  ~Context() {
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md);
  }

  EVP_MD* md;
  EVP_MD_CTX* ctx;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(const Sha256& other) : context_(std::make_unique<Context>(*other.context_)) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) { EVP_DigestUpdate(context_->ctx, bytes.data(), bytes.size()); }

Digest Sha256::Finish() {
  Digest digest;
  EVP_DigestFinal_ex(context_->ctx, digest.data(), nullptr);
  EVP_DigestInit_ex2(context_->ctx, context_->md, nullptr);
  return digest;
}

Digest Sha256Of(std::string_view bytes) {
  Sha256 hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

std::string Hex(const Digest& digest) { return ToHex(digest); }

std::string RandomHex(size_t count) {
  std::vector<uint8_t> bytes(count);
  if (RAND_bytes(bytes.data(), static_cast<int>(count)) != 1) std::abort();
  return ToHex(bytes);
}

}  // namespace portcullis::crypto
