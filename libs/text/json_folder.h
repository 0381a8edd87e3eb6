// Folds a growing JSON text piece by piece: the contents of strings are unescaped and folded, the digits of
// numbers stay digits, and hard breaks stand where one string or number ends and another begins. The result
// is the same for every way to cut the text between bytes.
//
// The text need not be valid JSON (models write it): what stands outside of strings is examined as text too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/text/folder.h"

namespace portcullis::text {

class JsonFolder {
 public:
  explicit JsonFolder(const FoldTable* table, HiddenText* hidden = nullptr) : code_points_(table, hidden) {}

  // `last`: nothing more comes. An escape or code point that is not complete waits for the next call.
  void Feed(std::string_view raw, bool last, FoldedText* out);

  size_t waiting_bytes() const { return waiting_.size(); }

 private:
  enum class State : uint8_t { kOutside, kNumber, kString };

  // Each returns how many bytes it took; 0 = more bytes are needed.
  size_t Step(std::string_view rest, bool last, FoldedText* out);
  size_t StepInString(std::string_view rest, bool last, FoldedText* out);
  size_t StepOutside(std::string_view rest, bool last, FoldedText* out);
  size_t StepEscape(std::string_view rest, bool last, FoldedText* out);
  size_t StepUnicodeEscape(std::string_view rest, bool last, FoldedText* out);
  size_t StepCodePoint(std::string_view rest, bool last, FoldedText* out);
  size_t FoldAll(std::string_view raw, bool last, FoldedText* out);

  CodePointFolder code_points_;
  State state_ = State::kOutside;
  std::string waiting_;
};

}  // namespace portcullis::text
