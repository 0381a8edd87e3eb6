// Names of persons of the six languages and their neighbours, and a table to look them up.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace portcullis::policy {

// Lower case, without accents, a space after each. "And words": they are words or places as well ("rose",
// "paris").
struct NameLists {
  std::string_view given, given_and_words, surnames, surnames_and_words;
};

NameLists AllNames();

inline constexpr uint8_t kGivenName = 1;
inline constexpr uint8_t kSurname = 2;
inline constexpr uint8_t kAlsoWord = 4;

// Immutable. Some 12,000 names; takes about 100 KB.
class NameTable {
 public:
  explicit NameTable(const NameLists& lists);

  // What `lower` (lower case) is, 0 for a word that is no name.
  uint8_t Of(std::string_view lower) const;

 private:
  struct Slot {
    std::string_view name;
    uint8_t kind = 0;
  };

  void Add(std::string_view names, uint8_t kind);
  size_t SlotOf(std::string_view lower) const;

  std::vector<Slot> slots_;  // open hashing, at most half full
};

}  // namespace portcullis::policy
