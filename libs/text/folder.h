// Folds a growing plain text piece by piece. The result is the same for every way to cut the text between
// bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/text/fold_table.h"
#include "libs/text/folded_text.h"

namespace portcullis::text {

// So many invisible code points may stand between two visible ones; the next makes a hard break.
inline constexpr uint32_t kMaxInvisibleRun = 16;

// What a reader does not see but a model reads. Only gathered when asked for.
struct HiddenText {
  std::string tags;  // text written in tag characters (U+E0020..U+E007E), flags of regions not counted
  uint32_t inside_words = 0;  // zero-width code points between two ASCII letters
  uint32_t longest_run = 0;   // invisible code points in a row, combining marks included
};

// Folds single code points; the state is the run of invisible ones.
class CodePointFolder {
 public:
  explicit CodePointFolder(const FoldTable* table, HiddenText* hidden = nullptr)
      : table_(table), hidden_(hidden) {}

  // `raw_length` bytes of raw text (UTF-8 or a JSON escape) stand for `code_point`.
  void Fold(char32_t code_point, uint32_t raw_length, FoldedText* out);

  // Visible ASCII text, byte for byte.
  void Same(std::string_view ascii, FoldedText* out);

 private:
  void Drop(char32_t code_point, uint32_t raw_length, FoldedText* out);

  const FoldTable* table_;
  HiddenText* hidden_;
  uint32_t invisible_run_ = 0;
  char last_ = ' ';          // the visible byte before the run
  bool zero_width_ = false;  // the run holds a zero-width code point
  bool after_flag_ = false;  // tags that follow U+1F3F4 spell a region's flag
};

class TextFolder {
 public:
  explicit TextFolder(const FoldTable* table, HiddenText* hidden = nullptr) : code_points_(table, hidden) {}

  // `last`: nothing more comes. Bytes of a code point that is not complete wait for the next call.
  void Feed(std::string_view raw, bool last, FoldedText* out);

  size_t waiting_bytes() const { return waiting_.size(); }

 private:
  size_t FoldAll(std::string_view raw, bool last, FoldedText* out);

  CodePointFolder code_points_;
  std::string waiting_;
};

// The folded form of a whole text.
std::string FoldWhole(std::string_view raw, const FoldTable& table);

}  // namespace portcullis::text
