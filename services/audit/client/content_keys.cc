#include "services/audit/client/content_keys.h"

#include <optional>
#include <utility>

#include "libs/base/strings.h"
#include "libs/crypto/hex.h"
#include "libs/crypto/secret.h"

namespace portcullis::audit {
namespace {

constexpr size_t kKeyBytes = 32;

crypto::SealKey ContentKey(const crypto::SealKey& master, std::string_view random) {
  return crypto::DeriveKey(master, base::StrCat("portcullis-content-v1", random));
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

absl::StatusOr<crypto::SealKey> ParseMasterKey(std::string_view text) {
  const std::string_view digits = Trimmed(text);
  crypto::SealKey key;
  if (crypto::FromHex(digits, key)) return key;
  const std::optional<std::string> bytes = crypto::DecodeBase64(digits);
  if (const auto decoded = bytes ? crypto::KeyOf(*bytes) : std::nullopt) return *decoded;
  return absl::InvalidArgumentError(
      "is no key: 32 bytes as 64 lower-case hex digits or as Base64 are needed (openssl rand -hex 32)");
}

void ContentKeys::Add(const std::string& id, const crypto::SealKey& key) {
  if (keys_.empty()) sealing_ = id;
  keys_.emplace(id, key);
}

ContentEnvelope ContentKeys::Seal(const Record& record, const std::vector<ContentText>& texts,
                                  bool encrypted) const {
  ContentEnvelope envelope;
  envelope.body = Pack(texts);
  if (!encrypted) return envelope;
  envelope.subject = SubjectOf(record);
  envelope.key_id = sealing_;
  envelope.key = crypto::RandomBytes(kKeyBytes);
  envelope.body =
      crypto::Seal(ContentKey(keys_.at(sealing_), envelope.key), envelope.body, record.request_id);
  return envelope;
}

absl::StatusOr<std::vector<ContentText>> ContentKeys::Open(std::string_view request_id,
                                                           const ContentEnvelope& envelope) const {
  if (envelope.subject.empty()) return UnpackTexts(envelope.body);
  const auto key = keys_.find(envelope.key_id);
  if (key == keys_.end()) {
    return absl::FailedPreconditionError(
        base::StrCat("the content is sealed under the master key \"", envelope.key_id,
                     "\", which policy.audit-logger.content.keys does not give; name the configuration with "
                     "--policy-config and set the key's variable"));
  }
  const std::optional<std::string> body =
      crypto::Unseal(ContentKey(key->second, envelope.key), envelope.body, request_id);
  if (body) return UnpackTexts(*body);
  return absl::DataLossError(base::StrCat("the content cannot be opened with the master key \"",
                                          envelope.key_id,
                                          "\": it is another key, or the content was altered"));
}

}  // namespace portcullis::audit
