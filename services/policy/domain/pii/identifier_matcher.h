// Matches the identifiers of identifier_specs.h: the groups at a position are read once, and their sizes and
// signs lead to the few specifications that are written so.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/identifier_groups.h"
#include "services/policy/domain/pii/pii_context.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

// Immutable.
class IdentifierMatcher {
 public:
  explicit IdentifierMatcher(const std::bitset<kEntityCount>& enabled);

  // Whether an identifier may be one group of so many characters.
  bool HasSize(size_t size) const { return size < 32 && (sizes_ >> size & 1) != 0; }

  // What begins at a position. Several identifiers may be written alike: a word that names one decides, the
  // nearest if there are several; else the first in the table.
  struct Found {
    bool open = false;
    MatchResult named;    // one that a word before it names
    MatchResult unnamed;  // one that needs no word
  };
  Found At(const Window& window, size_t position, LazyContext& context) const;

 private:
  // One way to write an identifier.
  struct Form {
    IdLayout layout;
    uint32_t digits = 0;  // characters that must be digits
    uint32_t letters = 0;
    Entity entity;
    bool needs_word;
    bool has_literals;
    bool (*valid)(std::string_view compact);
    std::string_view shape;
  };
  struct Slot {
    IdLayout layout = 0;  // 0 = free
    uint16_t begin = 0, end = 0;
  };

  void AddForms(const struct IdentifierSpec& spec);
  void BuildSlots();
  size_t SlotOf(IdLayout layout) const;
  bool Fits(const Form& form, const IdGroups& groups, std::string_view chars) const;
  void TryForms(const Slot& slot, const IdGroups& groups, size_t count, size_t position, LazyContext& context,
                Found* found) const;

  std::vector<Form> forms_;  // by layout
  std::vector<Slot> slots_;  // open hashing
  uint32_t sizes_ = 0;       // bit n: a form is one group of n characters
};

}  // namespace portcullis::policy
