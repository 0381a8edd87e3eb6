// Reads words and numbers from a start position on, and remembers whether it came to the end of a text that
// is not complete: then nothing that was read counts yet.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "services/policy/domain/scan/char_class.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxReadWord = 24;

// A word in lower case.
class LowerWord {
 public:
  LowerWord() = default;
  // Longer words are cut.
  explicit LowerWord(std::string_view word) : size_(std::min(word.size(), kMaxReadWord)) {
    for (size_t i = 0; i < size_; ++i) bytes_[i] = ToLower(word[i]);
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  size_t size_ = 0;
  std::array<char, kMaxReadWord> bytes_{};
};

class WordReader {
 public:
  // A word of Latin letters, "Jean-Pierre", "O'Brien", or a number. begin == end: none stands there.
  struct Word {
    size_t begin = 0;
    size_t end = 0;
    bool capital = false;  // begins with a capital letter
    bool upper = false;    // has no lower-case letter

    size_t size() const { return end - begin; }
    bool empty() const { return begin == end; }
  };

  // Reads at most `max_length` bytes.
  WordReader(const Window& window, size_t begin, size_t max_length);
  ~WordReader();
  WordReader(const WordReader&) = delete;
  WordReader& operator=(const WordReader&) = delete;

  // The byte there; '\0' past the end or the limit.
  char At(size_t at);

  // What is joined to other letters, digits or signs of addresses ("x@", "a.b", "a_b") is no word.
  Word ReadWord(size_t at);
  // Up to `most` digits, and a letter that is joined to them ("12b").
  Word ReadNumber(size_t at, size_t most);

  std::string_view text(const Word& word) const { return window_.text.substr(word.begin, word.size()); }
  LowerWord lower(const Word& word) const { return LowerWord(text(word)); }
  bool open() const { return open_; }

 private:
  bool GoesOn(size_t at);

  const Window& window_;
  size_t begin_;
  size_t limit_;
  size_t furthest_;
  bool open_ = false;
};

// The words before a position, nearest first, up to kWords in kReach bytes of the same paragraph.
class WordsBefore {
 public:
  static constexpr size_t kWords = 4;
  static constexpr size_t kReach = 48;
  static_assert(kReach <= kContextBytes);

  WordsBefore(const Window& window, size_t position);

  std::string_view word(size_t index) const { return words_[index].view(); }
  // What stands between the nearest word and the position.
  std::string_view gap() const { return gap_; }
  bool Ends(std::string_view second, std::string_view first) const {
    return word(1) == second && word(0) == first;
  }

 private:
  std::array<LowerWord, kWords> words_;
  std::string_view gap_;
};

}  // namespace portcullis::policy
