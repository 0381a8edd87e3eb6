// Seals and opens captured content (services/audit/api/content.h) under master keys.
//
// Each leaf's content has a key of its own: HMAC-SHA-256 of the master key over 32 random bytes, which lie
// beside it. The store seals those bytes under a random key of the subject. So the store alone reads nothing,
// and without the subject's key nobody does.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/crypto/seal.h"
#include "services/audit/api/content.h"

namespace portcullis::audit {

// 32 bytes as 64 hex digits or as Base64; space around them does not count. INVALID_ARGUMENT: something else.
absl::StatusOr<crypto::SealKey> ParseMasterKey(std::string_view text);

// Immutable once filled; then thread-safe.
class ContentKeys {
 public:
  // The first key seals, all of them open.
  void Add(const std::string& id, const crypto::SealKey& key);
  bool empty() const { return keys_.empty(); }

  // The content of a leaf of this record. With `encrypted` there must be a key.
  ContentEnvelope Seal(const Record& record, const std::vector<ContentText>& texts, bool encrypted) const;

  // The texts. FAILED_PRECONDITION: the master key is not among these. DATA_LOSS: what lies there is not what
  // was sealed for this request.
  absl::StatusOr<std::vector<ContentText>> Open(std::string_view request_id,
                                                const ContentEnvelope& envelope) const;

 private:
  std::map<std::string, crypto::SealKey, std::less<>> keys_;
  std::string sealing_;
};

// What is captured, and under which keys it is sealed. There is one, where the form is "encrypted" and
// anything is captured.
struct ContentOptions {
  CaptureRules rules;
  ContentKeys keys;
};

}  // namespace portcullis::audit
