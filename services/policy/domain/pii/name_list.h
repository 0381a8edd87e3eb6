// Names of persons of the six languages and their neighbours, and a table to look them up.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace portcullis::policy {

// Lower case, without accents, a space after each. `also_words`: they are words or places as well ("rose",
// "paris").
struct NameList {
  std::string_view names, also_words;
};

NameList GivenNames();
NameList Surnames();

inline constexpr uint8_t kGivenName = 1;
inline constexpr uint8_t kSurname = 2;
inline constexpr uint8_t kAlsoWord = 4;

// Immutable. Some 9,000 names; takes 0.8 MB.
class NameTable {
 public:
  NameTable(const NameList& given, const NameList& surnames);

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
