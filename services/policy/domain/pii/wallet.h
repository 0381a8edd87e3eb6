// Addresses of Bitcoin (base58check; bech32 and bech32m: BIP 173, BIP 350) and Ethereum (EIP-55: where both
// cases of letters are used, they are the check).
#pragma once

#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxWalletLength = 74;
inline constexpr size_t kEthereumLength = 42;

bool IsBase58Address(std::string_view address);
bool IsBech32Address(std::string_view address);
bool IsEthereumAddress(std::string_view address);  // with "0x"

MatchResult MatchBitcoin(const Window& window, size_t position);
MatchResult MatchEthereum(const Window& window, size_t position);

}  // namespace portcullis::policy
