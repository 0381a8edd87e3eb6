// Text helpers of the simulator: JSON strings, UTF-8 boundaries, the word-based token count, hashes and
// base64.
//
// They are the simulator's own, so that a fault in the gateway's parsing cannot hide behind the same fault
// here. All functions are pure and thread-safe; texts are bytes and are expected, not required, to be UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::sim {

// Appends `text` as a JSON string, quotes included. Bytes from 0x80 up are copied as they are.
void AppendJsonString(std::string& out, std::string_view text);

// `text` as a JSON string, quotes included.
std::string JsonString(std::string_view text);

// True for well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool IsUtf8(std::string_view text);

// The greatest code point boundary that is <= `at`; `text.size()` when `at` is past the end.
size_t CodePointFloor(std::string_view text, size_t at);

// The end of the code point that starts at `from`.
size_t CodePointEnd(std::string_view text, size_t from);

// A token is a run of white space and the word after it. The end of the token that starts at `from`; white
// space at the end of the text belongs to the last token.
size_t TokenEnd(std::string_view text, size_t from);

// The number of tokens: 0 for the empty text, else at least 1.
int64_t CountTokens(std::string_view text);

// FNV-1a, 64 bits, then mixed (the finaliser of SplitMix64) so that each bit depends on each byte.
uint64_t Hash(std::string_view text, uint64_t seed = 0);

// The mixing step alone; a good generator when fed with 1, 2, 3...
uint64_t Mix(uint64_t value);

// `length` characters of [a-zA-Z0-9] that depend on `hash` only.
std::string AlphanumericId(uint64_t hash, size_t length);

// RFC 4648, with padding.
std::string EncodeBase64(std::string_view bytes);

}  // namespace portcullis::sim
