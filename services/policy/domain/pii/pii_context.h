// Words before an identifier that say what it is.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/text/fold_table.h"
#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

// How far before an identifier its word may stand, in bytes of folded text.
inline constexpr size_t kContextReach = 80;
static_assert(kContextReach <= kContextBytes);

// Entities named before a position, with how far away the nearest of their words begins.
class NamedEntities {
 public:
  static constexpr uint8_t kFar = 255;

  NamedEntities() { distance_.fill(kFar); }
  void Note(Entity entity, size_t distance) {
    distance_[static_cast<size_t>(entity)] = static_cast<uint8_t>(distance);
  }
  uint8_t distance(Entity entity) const { return distance_[static_cast<size_t>(entity)]; }
  bool Has(Entity entity, size_t reach = kContextReach) const { return distance(entity) <= reach; }

 private:
  std::array<uint8_t, kEntityCount> distance_;
};

// Immutable. Words and pairs of words of the entities, folded as texts are.
class ContextWords {
 public:
  // `words`: "|"-separated words or pairs of words, in any script.
  struct Entry {
    Entity entity;
    std::string_view words;
  };

  ContextWords(const std::vector<Entry>& entries, const text::FoldTable& fold);

  // Looks at the kContextReach bytes before `position`. A word that the reach cuts counts by the part inside.
  NamedEntities Before(const Window& window, size_t position) const;

 private:
  struct Slot {
    uint32_t hash = 0;
    uint16_t word = 0;  // + 1; 0 = free
  };

  struct Word {
    std::string text;  // lower case; a space between the words of a pair
    std::vector<Entity> entities;
    bool begins_pair = false;
  };

  void Add(Entity entity, const std::string& folded);
  Word& WordFor(const std::string& text);
  // Returns whether the word begins a known pair.
  bool NoteWord(std::string_view text, uint32_t hash, size_t distance, NamedEntities* named) const;
  void NoteOtherScripts(std::string_view word, size_t distance, NamedEntities* named) const;

  std::vector<Word> words_;
  std::vector<Slot> slots_;  // open hashing
  std::vector<uint16_t>
      other_scripts_;  // words that are looked for inside of words: not all scripts space them
};

// The words before one position, looked up when first asked for.
class LazyContext {
 public:
  LazyContext(const ContextWords& words, const Window& window, size_t position)
      : words_(words), window_(window), position_(position) {}

  const NamedEntities& named() {
    if (!known_) named_ = words_.Before(window_, position_);
    known_ = true;
    return named_;
  }
  bool Names(Entity entity, size_t reach = kContextReach) { return named().Has(entity, reach); }

 private:
  const ContextWords& words_;
  const Window& window_;
  size_t position_;
  bool known_ = false;
  NamedEntities named_;
};

}  // namespace portcullis::policy
