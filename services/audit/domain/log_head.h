// A signed head: what the log was at a moment.
//
// The signature is over this text, each line ended by "\n", so that it can be checked by hand:
//   portcullis-audit-head-v1
//   <log id>
//   <number of leaves, decimal>
//   <root, 64 lower-case hex digits>
//   <time, UTC microseconds since 1970, decimal>
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "libs/crypto/ed25519.h"
#include "libs/crypto/sha256.h"

namespace portcullis::audit {

struct LogHead {
  std::string log_id;  // 32 lower-case hex digits, random, one per store
  uint64_t size = 0;   // leaves
  crypto::Digest root{};
  int64_t time_us = 0;
  std::string key_id;  // crypto::VerifyingKey::id of the signer
  crypto::Signature signature{};
};

// What is signed.
std::string HeadText(const LogHead& head);

// Fills in key_id and signature.
void SignHead(const crypto::SigningKey& key, LogHead* head);

// INVALID_ARGUMENT: signed by another key, or not what was signed.
absl::Status VerifyHead(const LogHead& head, const crypto::VerifyingKey& key);

}  // namespace portcullis::audit
