#include "services/audit/api/leaf_hash.h"

#include <array>
#include <charconv>

#include "libs/base/strings.h"
#include "libs/crypto/hex.h"

namespace portcullis::audit {
namespace {

constexpr size_t kSpoolLength = 16;

}  // namespace

crypto::Digest HashOfLeaf(crypto::MerkleHasher& hasher, const LeafId& id, std::string_view bytes) {
  char sequence[8];
  for (int i = 0; i < 8; ++i) sequence[i] = static_cast<char>(id.sequence >> (8 * i));
  return hasher.Leaf({id.spool, {sequence, sizeof(sequence)}, bytes});
}

std::string ReceiptText(const Receipt& receipt) {
  return base::StrCat(receipt.id.spool, "-", receipt.id.sequence, ".", crypto::Hex(receipt.hash));
}

absl::StatusOr<Receipt> ParseReceipt(std::string_view text) {
  const absl::Status bad = absl::InvalidArgumentError(
      "not a receipt: expected the value of x-portcullis-receipt, <16 hex digits>-<number>.<64 hex digits>");
  Receipt receipt;
  const size_t dash = text.find('-'), dot = text.find('.');
  if (dash != kSpoolLength || dot == std::string_view::npos || dot < dash) return bad;
  receipt.id.spool = text.substr(0, dash);
  std::array<uint8_t, kSpoolLength / 2> spool;
  if (!crypto::FromHex(receipt.id.spool, spool)) return bad;
  const char* end = text.data() + dot;
  const auto parsed = std::from_chars(text.data() + dash + 1, end, receipt.id.sequence);
  if (parsed.ec != std::errc() || parsed.ptr != end || receipt.id.sequence == 0) return bad;
  return crypto::FromHex(text.substr(dot + 1), receipt.hash) ? absl::StatusOr<Receipt>(receipt) : bad;
}

}  // namespace portcullis::audit
