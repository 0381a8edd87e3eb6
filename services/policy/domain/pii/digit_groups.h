// Numbers as people write them: groups of digits with short separators between, "+49 (30) 1234-567".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxGroups = 8;
inline constexpr size_t kMaxDigits = 19;
inline constexpr size_t kMaxSeparator = 3;
// "+", "(", digits and separators.
inline constexpr size_t kMaxNumberLength = 2 + kMaxDigits + (kMaxGroups - 1) * kMaxSeparator;

// The groups from one start position on; offsets count from the start of the window's text.
class DigitGroups {
 public:
  enum class State : uint8_t {
    kNone,  // no number that any rule could want
    kOpen,  // the text ends before the number does
    kRead,
  };

  State Read(const Window& window, size_t position);

  bool plus() const { return plus_; }    // begins with "+"
  bool paren() const { return paren_; }  // begins with "("
  size_t count() const { return count_; }
  size_t size(size_t group) const { return groups_[group].end - groups_[group].begin; }
  size_t end(size_t group) const { return groups_[group].end; }

  // What stands between group `group` - 1 and `group`.
  std::string_view separator(size_t group) const {
    return text_.substr(end(group - 1), groups_[group].begin - end(group - 1));
  }

  // The digits of the first `groups` groups, without separators.
  std::string_view digits(size_t groups) const { return {digits_.data(), groups_[groups - 1].digits_end}; }
  std::string_view group(size_t index) const { return text_.substr(groups_[index].begin, size(index)); }

  // Whether the number may end after `groups` groups: what follows does not continue it.
  bool EndsAfter(size_t groups) const;

 private:
  struct Group {
    size_t begin, end, digits_end;
  };

  // Reads a group of digits at *at. False if there is none or it is too long.
  bool ReadGroup(size_t* at);
  // The length of the separator at `at`; 0 if no further group follows it.
  size_t SeparatorAt(size_t at) const;

  std::string_view text_;
  bool plus_ = false;
  bool paren_ = false;
  bool overlong_ = false;
  size_t count_ = 0;
  size_t digit_count_ = 0;
  std::array<Group, kMaxGroups> groups_;
  std::array<char, kMaxDigits> digits_;
};

}  // namespace portcullis::policy
