#include "libs/crypto/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "libs/crypto/secret.h"

namespace portcullis::crypto {
namespace {

constexpr size_t kNonce = 12, kTag = 16;
static_assert(kNonce + kTag == kSealOverhead);

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// Only lack of memory or of randomness makes these calls fail.
void Must(bool ok) {
  if (!ok) std::abort();
}

const unsigned char* In(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Out(std::string& bytes, size_t at) { return reinterpret_cast<unsigned char*>(&bytes[at]); }

// Encrypts or decrypts `from` to `to`, whose tag is then to be read or checked.
Context Run(bool encrypt, const SealKey& key, std::string_view nonce, std::string_view associated,
            std::string_view from, unsigned char* to) {
  Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  Must(context != nullptr && EVP_CipherInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), In(nonce),
                                                encrypt ? 1 : 0, nullptr) == 1);
  if (!associated.empty()) {
    Must(EVP_CipherUpdate(context.get(), nullptr, &size, In(associated),
                          static_cast<int>(associated.size())) == 1);
  }
  if (!from.empty())
    Must(EVP_CipherUpdate(context.get(), to, &size, In(from), static_cast<int>(from.size())) == 1);
  return context;
}

}  // namespace

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  Must(RAND_priv_bytes(Out(bytes, 0), static_cast<int>(count)) == 1);
  return bytes;
}

SealKey RandomKey() { return *KeyOf(RandomBytes(std::tuple_size_v<SealKey>)); }

SealKey DeriveKey(const SealKey& key, std::string_view purpose) {
  return HmacSha256({reinterpret_cast<const char*>(key.data()), key.size()}, purpose);
}

std::optional<SealKey> KeyOf(std::string_view bytes) {
  SealKey key;
  if (bytes.size() != key.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

std::string Seal(const SealKey& key, std::string_view text, std::string_view associated) {
  std::string sealed = RandomBytes(kNonce);
  sealed.resize(kNonce + text.size() + kTag);
  const Context context =
      Run(true, key, std::string_view(sealed).substr(0, kNonce), associated, text, Out(sealed, kNonce));
  int size = 0;
  unsigned char rest[kTag];
  Must(EVP_CipherFinal_ex(context.get(), rest, &size) == 1 && size == 0 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, Out(sealed, kNonce + text.size())) ==
           1);
  return sealed;
}

std::optional<std::string> Unseal(const SealKey& key, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < kSealOverhead) return std::nullopt;
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::string text(sealed.size() - kSealOverhead, '\0');
  const Context context =
      Run(false, key, sealed.substr(0, kNonce), associated, sealed.substr(kNonce, text.size()), Out(text, 0));
  int size = 0;
  unsigned char rest[kTag];
  Must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1);
  if (EVP_CipherFinal_ex(context.get(), rest, &size) != 1) return std::nullopt;
  return text;
}

}  // namespace portcullis::crypto
