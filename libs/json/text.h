// JSON string text: unescaping with a way back to raw offsets, and escaping.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::json {

// Appends the text of `raw` (the bytes between the quotes of a valid JSON string) to `out`.
void Unescape(std::string_view raw, std::string* out);

// Maps offsets of the unescaped text back to raw offsets, in ascending order of offsets (each call continues
// from the last). An offset inside a code point that was written as an escape maps to the start of that
// escape when rounding down, to its end when rounding up.
class RawOffsets {
 public:
  explicit RawOffsets(std::string_view raw) : raw_(raw) {}

  uint32_t Down(uint32_t text_offset);  // raw offset of the unit that holds byte `text_offset`
  uint32_t Up(uint32_t text_offset);    // raw offset after the unit that holds byte `text_offset - 1`

 private:
  void SkipTo(uint32_t text_offset);

  std::string_view raw_;
  uint32_t raw_at_ = 0;  // start of the unit that is current
  uint32_t text_at_ = 0;
};

// Appends `text` as it must stand between the quotes of a JSON string. Invalid UTF-8 is the caller's fault.
void AppendEscaped(std::string_view text, std::string* out);

// Appends `text` with its quotes.
void AppendQuoted(std::string_view text, std::string* out);

// The text with every byte that is no valid UTF-8 replaced by U+FFFD: for error messages and logs.
std::string SanitizeUtf8(std::string_view text);

}  // namespace portcullis::json
