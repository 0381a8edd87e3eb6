#include "services/edge/domain/axonflow/basic_auth.h"

#include "libs/crypto/secret.h"

namespace portcullis::edge {
namespace {

constexpr size_t kMaxIdBytes = 256;

bool StartsWithBasic(std::string_view header) {
  constexpr std::string_view kBasic = "basic ";
  if (header.size() < kBasic.size()) return false;
  for (size_t i = 0; i < kBasic.size(); ++i) {
    const char c = header[i];
    if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != kBasic[i]) return false;
  }
  return true;
}

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7E) return false;
  }
  return true;
}

std::string_view Bytes(const crypto::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::optional<Credentials> ParseBasic(std::string_view authorization) {
  if (!StartsWithBasic(authorization)) return std::nullopt;
  std::string_view encoded = authorization.substr(6);
  while (encoded.starts_with(' ')) encoded.remove_prefix(1);
  while (encoded.ends_with(' ')) encoded.remove_suffix(1);
  std::optional<std::string> decoded = crypto::DecodeBase64(encoded);
  if (!decoded) return std::nullopt;
  const size_t colon = decoded->find(':');
  if (colon == std::string::npos || colon == 0 || colon > kMaxIdBytes) return std::nullopt;
  Credentials found{decoded->substr(0, colon), decoded->substr(colon + 1)};
  if (!IsPrintable(found.id)) return std::nullopt;
  return found;
}

std::optional<std::string> AxonFlowAuth::Caller(std::string_view authorization) const {
  std::optional<Credentials> given = ParseBasic(authorization);
  if (community_) return given ? std::move(given->id) : std::string();
  if (!given) return std::nullopt;
  const crypto::Digest hash = crypto::Sha256Of(given->secret);
  bool known = false;
  for (const AxonFlowClient& client : clients_) {  // all of them, so that the time tells nothing
    const bool same = crypto::EqualsInConstantTime(Bytes(hash), Bytes(client.secret_sha256));
    known |= same && client.id == given->id;
  }
  if (!known) return std::nullopt;
  return std::move(given->id);
}

}  // namespace portcullis::edge
