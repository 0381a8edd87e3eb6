// Letters of other scripts that look like Latin ones, beside or instead of what Unicode's own list says, and
// Latin letters that have no decomposition.
#pragma once

#include <string_view>

namespace portcullis::text {

// The Latin letter that `code_point` looks like, or "".
std::string_view LookAlike(char32_t code_point);

// The plain spelling of a Latin letter that NFKD leaves alone ("ø" is "o", "ß" is "ss"), or "".
std::string_view PlainLatin(char32_t code_point);

}  // namespace portcullis::text
