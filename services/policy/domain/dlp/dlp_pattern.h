// Patterns of the operator's own, as automata without backtracking: the time is linear in the text, whatever
// the pattern.
//
// Understood are literals, ".", classes ([A-Z], \d \w \s and their opposites), groups, "|", and the repeats
// ? * + {n} {n,} {n,m}; "(?i)" at the start for any case, and \b at the start or the end. A match is the
// longest from its start, at most kMaxDlpLength bytes, and never crosses the border of a JSON string. What
// needs backtracking (back references, look-around) and what a stream cannot know (^ and $) is refused.
// Algorithm: Glushkov's automaton (1961), its positions as bits.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxDlpLength = 256;
inline constexpr size_t kMaxDlpPositions = 256;  // characters of a pattern with its repeats written out
inline constexpr size_t kMinDlpLength = 2;

using ByteSet = std::bitset<256>;

// Immutable.
class DlpPattern {
 public:
  // INVALID_ARGUMENT: what is wrong, and at which character of the pattern.
  static absl::StatusOr<DlpPattern> Parse(std::string_view pattern);

  // The longest match at `position`, as rule 0.
  MatchResult At(const Window& window, size_t position) const;

  // No match is longer, in bytes.
  size_t max_length() const { return max_length_; }

  // Characters of the pattern with its repeats written out.
  size_t positions() const { return follow_.size(); }

  // Bytes that a match can begin with, and those that can follow `first`.
  const ByteSet& first() const { return first_bytes_; }
  ByteSet SecondAfter(uint8_t first) const;

  // The same language for Vectorscan, without regard to case and to \b.
  const std::string& trigger() const { return trigger_; }

 private:
  using Positions = std::bitset<kMaxDlpPositions>;
  friend class DlpCompiler;

  DlpPattern() = default;
  Positions Step(const Positions& active, uint8_t byte) const;

  std::array<uint8_t, 256> class_of_{};  // bytes that no position tells apart share a class
  std::vector<Positions> reach_;         // by class: the positions that take its bytes
  std::vector<Positions> follow_;        // by position
  Positions start_;
  Positions accept_;
  ByteSet first_bytes_;
  size_t max_length_ = 0;
  bool word_start_ = false;
  bool word_end_ = false;
  std::string trigger_;
};

// "" or what is wrong with the pattern: for the configuration.
std::string DlpPatternProblem(std::string_view pattern);

}  // namespace portcullis::policy
