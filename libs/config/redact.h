// Keeps secrets out of messages that quote the configuration.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::config {

// Whether a word has the form of a credential: a known prefix ("sk-", "gsk_", ...), or 20 characters and more
// of mixed letters and digits without the separators of ordinary names. Errs on the side of hiding.
bool LooksLikeSecret(std::string_view word);

// `line` with each credential replaced by asterisks of the same length, so that a caret below it still points
// at the right place. The value after a key that is or resembles `api_key`, `token`, `password` or `secret`
// is hidden whatever it looks like.
std::string MaskLine(std::string_view line);

// `value` in double quotes for a message: masked when it looks like a secret, cut after 60 bytes.
std::string Quote(std::string_view value);

}  // namespace portcullis::config
