// Checks a log from its first leaf to its last head: each leaf against its hash, each head against the tree
// of the leaves before it and against its signature.
//
// The keys come in the order of their use: once one signed a head, the ones before it may not sign any more.
//
// What it cannot see: leaves after the last head, and a log that was cut off at an earlier head (hold a later
// head beside it: ExpectHead); who removed a leaf of which only the hash is there (ExpectRemovedAtMost).
//
// A copy goes on from where the verifier is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/crypto/ed25519.h"
#include "libs/crypto/merkle.h"
#include "services/audit/domain/log_head.h"
#include "services/audit/domain/log_store.h"

namespace portcullis::audit {

// What was checked.
struct LogSummary {
  uint64_t leaves = 0;
  uint64_t removed = 0;  // leaves of which only the hash is there
  uint64_t heads = 0;
  std::optional<LogHead> last_head;
};

// Entries and heads come in order: a head of n leaves after the n-th. Not thread-safe. Errors are
// INVALID_ARGUMENT and name the first thing that is wrong; nothing may be called after one.
class LogVerifier {
 public:
  LogVerifier(std::string log_id, std::vector<crypto::VerifyingKey> keys);

  // The log must have had this head: found somewhere else, by whoever doubts. Before the first entry. Any
  // number of them.
  void ExpectHead(LogHead head);

  // More leaves than these may not have been removed. Before the first entry.
  void ExpectRemovedAtMost(uint64_t leaves) { removed_at_most_ = leaves; }

  absl::Status Entry(const LogEntry& entry);
  absl::Status Head(const LogHead& head);

  // The end: the last head must cover the last leaf.
  absl::Status Finish() const;

  const LogSummary& summary() const { return summary_; }

 private:
  absl::Status CheckKey(const LogHead& head);
  absl::Status CheckExpected();

  const std::string log_id_;
  const std::vector<crypto::VerifyingKey> keys_;
  std::vector<LogHead> expected_;  // by size
  size_t expected_seen_ = 0;       // that the log was long enough for
  std::optional<uint64_t> removed_at_most_;
  size_t key_ = 0;  // that signed last
  crypto::MerkleHasher hasher_;
  crypto::MerkleFrontier tree_;
  LogSummary summary_;
};

}  // namespace portcullis::audit
