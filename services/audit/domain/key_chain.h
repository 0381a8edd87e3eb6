// The keys that signed a log, one after the other: each names the next one with its signature, so that
// whoever holds the first public key can check heads that a later one signed.
//
// A link's signature is over this text, each line ended by "\n", then the new key's PEM as it is:
//   portcullis-audit-key-v1
//   <log id>
//   <id of the old key>
//   <time, UTC microseconds since 1970, decimal>
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/crypto/ed25519.h"

namespace portcullis::audit {

struct KeyLink {
  std::string log_id;
  std::string old_key;  // PEM of the public key
  std::string new_key;  // the same
  int64_t time_us = 0;
  crypto::Signature signature{};
};

// Signed by the old key.
KeyLink NewKeyLink(const std::string& log_id, const crypto::SigningKey& old_key,
                   const crypto::VerifyingKey& new_key, int64_t time_us);

// A file of links: one JSON object per line.
std::string KeyLinkLine(const KeyLink& link);
absl::StatusOr<std::vector<KeyLink>> ParseKeyLinks(std::string_view text);

// The keys of the log in the order of their use: those given, then those that a link from one of them names,
// and so on. INVALID_ARGUMENT: a link whose old key is trusted has a false signature, or is of another log.
absl::StatusOr<std::vector<crypto::VerifyingKey>> FollowKeyLinks(const std::string& log_id,
                                                                 std::vector<crypto::VerifyingKey> trusted,
                                                                 const std::vector<KeyLink>& links);

}  // namespace portcullis::audit
