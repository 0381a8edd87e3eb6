// Folded text with the way back to the raw bytes that it came from. Offsets count from the start of the whole
// text, also when the front has been trimmed away: a stream keeps only what is still undecided.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::text {

// A byte that no match may cross: the border of a JSON string, bytes that are no text, a long invisible run.
inline constexpr char kHardBreak = '\0';

class FoldedText {
 public:
  // Appends bytes of which each stands for one raw byte.
  void AppendSame(std::string_view bytes) {
    bytes_ += bytes;
    raw_end_ += static_cast<uint32_t>(bytes.size());
  }

  // Appends bytes (maybe none) that stand, as a unit, for `raw_length` raw bytes.
  void AppendUnit(std::string_view bytes, uint32_t raw_length);

  // Appends one byte of a JSON number.
  void AppendNumberByte(char byte);

  uint32_t begin() const { return begin_; }
  uint32_t end() const { return begin_ + static_cast<uint32_t>(bytes_.size()); }
  uint32_t raw_end() const { return raw_end_; }

  // The bytes from begin() to end().
  std::string_view bytes() const { return bytes_; }

  // Where the unit that holds byte `offset` begins in the raw text (for end(): after all units).
  uint32_t RawBegin(uint32_t offset) const;

  // Where the unit that holds byte `offset - 1` ends in the raw text. `offset` > begin().
  uint32_t RawEnd(uint32_t offset) const;

  // Whether byte `offset` belongs to a JSON number.
  bool InNumber(uint32_t offset) const;

  // Forgets the bytes before `offset`.
  void TrimTo(uint32_t offset);

  void Clear();

 private:
  struct Unit {
    uint32_t begin, end;          // folded
    uint32_t raw_begin, raw_end;  // between units every byte stands for one raw byte
  };
  struct Range {
    uint32_t begin, end;
  };

  // The last unit that begins at or before `offset`, or nullptr.
  const Unit* UnitAt(uint32_t offset) const;

  std::string bytes_;
  uint32_t begin_ = 0;
  uint32_t raw_end_ = 0;
  std::vector<Unit> units_;
  std::vector<Range> numbers_;
};

}  // namespace portcullis::text
