#include "services/audit/api/leaf_hash.h"

#include <charconv>

#include "libs/base/strings.h"

namespace portcullis::audit {
namespace {

constexpr size_t kSpoolLength = 16;

// -1: no lower-case hex digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ParseDigest(std::string_view hex, crypto::Digest* digest) {
  if (hex.size() != 2 * digest->size()) return false;
  for (size_t i = 0; i < digest->size(); ++i) {
    const int high = HexValue(hex[2 * i]), low = HexValue(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*digest)[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

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
  for (const char c : receipt.id.spool) {
    if (HexValue(c) < 0) return bad;
  }
  const char* end = text.data() + dot;
  const auto parsed = std::from_chars(text.data() + dash + 1, end, receipt.id.sequence);
  if (parsed.ec != std::errc() || parsed.ptr != end || receipt.id.sequence == 0) return bad;
  return ParseDigest(text.substr(dot + 1), &receipt.hash) ? absl::StatusOr<Receipt>(receipt) : bad;
}

}  // namespace portcullis::audit
