// Secrets that are known by their surroundings: private keys in PEM, JSON web tokens, passwords in connection
// strings, and values assigned to the name of a secret.
#pragma once

#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

// Longer ones are covered up to here: an RSA key of 4096 bits has some 3,300 characters.
inline constexpr size_t kMaxPemLength = 4096;
inline constexpr size_t kMaxJwtLength = 2048;
inline constexpr size_t kMaxSecretValue = 256;

// "-----BEGIN ... PRIVATE KEY-----" to its "-----END", or as far as it looks like one. Rule number 0.
MatchResult MatchPrivateKey(const Window& window, size_t position);

// Header and payload are Base64 of JSON objects.
MatchResult MatchJwt(const Window& window, size_t position);

// The password between "scheme://user:" and "@host".
MatchResult MatchConnectionPassword(const Window& window, size_t position);

// The value behind "name =" or "name:" where the name is that of a secret and the value looks random. Left
// alone: hashes, UUIDs, placeholders, references to variables, words.
MatchResult MatchAssignedSecret(const Window& window, size_t position);

// Whether a value looks made by a machine or chosen as a password, and no placeholder.
bool LooksRandom(std::string_view value);

}  // namespace portcullis::policy
