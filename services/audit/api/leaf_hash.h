// What the log's Merkle tree hashes for a leaf, and the receipt made of it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/crypto/merkle.h"
#include "services/audit/api/record.h"

namespace portcullis::audit {

// The leaf's id and its bytes, so that neither can be exchanged:
//   SHA-256(0x00 || spool id (16 bytes) || sequence (8 bytes, little-endian) || bytes)
crypto::Digest HashOfLeaf(crypto::MerkleHasher& hasher, const LeafId& id, std::string_view bytes);

// What a client keeps to find its record's first leaf in the log, and to have it proved.
struct Receipt {
  LeafId id;
  crypto::Digest hash{};
};

// "<spool>-<sequence>.<hash, 64 lower-case hex digits>"
std::string ReceiptText(const Receipt& receipt);

// INVALID_ARGUMENT: not of this form.
absl::StatusOr<Receipt> ParseReceipt(std::string_view text);

}  // namespace portcullis::audit
