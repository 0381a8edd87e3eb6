// Identifiers as people write them: groups of letters and digits with one sign between, "85.07.30-033.28".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxIdGroups = 8;
inline constexpr size_t kMaxIdChars = 20;
inline constexpr size_t kMaxIdLength = kMaxIdChars + kMaxIdGroups - 1;

// The signs that may stand between groups; their place here is their code in layouts. 0 = the first group.
inline constexpr std::string_view kIdSeparators{"\0 -./+", 6};

// The sizes of up to eight groups and what stands before each, in one number: 8 bits per group.
using IdLayout = uint64_t;

constexpr IdLayout AddToLayout(IdLayout layout, size_t group, size_t separator_code, size_t size) {
  return layout | static_cast<uint64_t>(separator_code << 5 | size) << (8 * group);
}

// The groups from one start position on. Letters are held in upper case. A group after the first holds no
// lower-case letter: "12 apples" is one group.
class IdGroups {
 public:
  enum class State : uint8_t { kNone, kOpen, kRead };

  State Read(const Window& window, size_t position);

  size_t count() const { return count_; }
  size_t end(size_t group) const { return groups_[group].end; }
  IdLayout layout(size_t groups) const { return groups_[groups - 1].layout; }

  // The letters and digits of the first `groups` groups, without separators.
  std::string_view chars(size_t groups) const { return {chars_.data(), groups_[groups - 1].chars_end}; }

  // Bit i is set where character i is a digit.
  uint32_t digit_mask() const { return digit_mask_; }

  // Whether the text is written with a lower-case letter (only single groups are).
  bool lower() const { return lower_; }

 private:
  struct Group {
    size_t end, chars_end;
    IdLayout layout;
  };
  enum class Next : uint8_t { kTaken, kStop, kTextEnds };

  // Reads the group at `at`, which follows the separator with that code.
  Next ReadGroup(std::string_view text, size_t at, size_t separator_code);
  bool MayFollow(size_t size, bool digits) const;

  std::array<Group, kMaxIdGroups> groups_;
  std::array<char, kMaxIdChars> chars_;
  size_t count_ = 0;
  uint32_t digit_mask_ = 0;
  bool lower_ = false;
  bool letters_only_ = true;  // all groups so far
};

// Whether what begins at `position` may be an identifier: it is not the tail of a longer word or number.
bool IdMayBegin(std::string_view text, size_t position);

enum class Border : uint8_t { kEnds, kGoesOn, kUnknown };

// Whether an identifier that reaches to `at` ends there.
Border BorderAt(const Window& window, size_t at);

}  // namespace portcullis::policy
