#include "services/policy/domain/pii/pii_context.h"

#include <algorithm>

#include "libs/text/folder.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr uint32_t kHashSeed = 2166136261u;  // FNV-1a
constexpr size_t kSlots = 4096;              // a multiple of the number of words: most look-ups end at once

constexpr uint32_t HashByte(uint32_t hash, char c) { return (hash ^ static_cast<uint8_t>(c)) * 16777619u; }

uint32_t HashOf(std::string_view text, uint32_t hash = kHashSeed) {
  for (const char c : text) hash = HashByte(hash, ToLower(c));
  return hash;
}

// The words of a pair stand together with anything that is no word between them: "national-insurance".
bool SameWords(std::string_view text, std::string_view known) {
  size_t at = 0;
  for (const char c : known) {
    if (c == ' ') {
      while (at < text.size() && !IsWordByte(text[at])) ++at;
      continue;
    }
    if (at == text.size() || ToLower(text[at++]) != c) return false;
  }
  return at == text.size();
}

bool IsOtherScript(char c) { return static_cast<uint8_t>(c) >= 0x80; }

}  // namespace

ContextWords::ContextWords(const std::vector<Entry>& entries, const text::FoldTable& fold) : slots_(kSlots) {
  for (const Entry& entry : entries) {
    std::string_view rest = entry.words;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find('|'));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      Add(entry.entity, text::FoldWhole(word, fold));
    }
  }
}

void ContextWords::Add(Entity entity, const std::string& folded) {
  std::string word = folded;
  std::transform(word.begin(), word.end(), word.begin(), ToLower);
  for (size_t space = word.find(' '); space != std::string::npos; space = word.find(' ', space + 1))
    WordFor(word.substr(0, space)).begins_pair = true;
  WordFor(word).entities.push_back(entity);
}

ContextWords::Word& ContextWords::WordFor(const std::string& text) {
  const auto same = [&](const Word& known) { return known.text == text; };
  const auto found = std::find_if(words_.begin(), words_.end(), same);
  if (found != words_.end()) return *found;
  const auto number = static_cast<uint16_t>(words_.size());
  words_.push_back({text, {}, false});
  if (std::any_of(text.begin(), text.end(), IsOtherScript)) {
    other_scripts_.push_back(number);
  } else {
    const uint32_t hash = HashOf(text);
    size_t slot = hash % kSlots;
    while (slots_[slot].word != 0) slot = (slot + 1) % kSlots;
    slots_[slot] = {hash, static_cast<uint16_t>(number + 1)};
  }
  return words_.back();
}

NamedEntities ContextWords::Before(const Window& window, size_t position) const {
  NamedEntities named;
  const size_t begin = position - std::min(position, kContextReach);
  const std::string_view before = window.text.substr(begin, position - begin);
  if (window.steps != nullptr) *window.steps += before.size();
  size_t pair_begin = before.size();  // of a word that begins a known pair
  uint32_t pair_hash = 0;
  for (size_t at = 0; at < before.size();) {
    if (!IsWordByte(before[at])) {
      ++at;
      continue;
    }
    const size_t word_begin = at;
    uint32_t hash = kHashSeed;
    bool other_script = false;
    for (; at < before.size() && IsWordByte(before[at]); ++at) {
      hash = HashByte(hash, ToLower(before[at]));
      other_script = other_script || IsOtherScript(before[at]);
    }
    const size_t distance = before.size() - word_begin;
    const std::string_view word = before.substr(word_begin, at - word_begin);
    if (pair_begin < word_begin)
      NoteWord(before.substr(pair_begin, at - pair_begin), HashOf(word, pair_hash), distance, &named);
    const bool begins_pair = NoteWord(word, hash, distance, &named);
    pair_begin = begins_pair ? word_begin : before.size();
    pair_hash = HashByte(hash, ' ');
    if (other_script) NoteOtherScripts(word, distance, &named);
  }
  return named;
}

bool ContextWords::NoteWord(std::string_view text, uint32_t hash, size_t distance,
                            NamedEntities* named) const {
  for (size_t slot = hash % kSlots; slots_[slot].word != 0; slot = (slot + 1) % kSlots) {
    if (slots_[slot].hash != hash) continue;
    const Word& word = words_[slots_[slot].word - 1u];
    if (!SameWords(text, word.text)) continue;
    for (const Entity entity : word.entities) named->Note(entity, distance);
    return word.begins_pair;
  }
  return false;
}

void ContextWords::NoteOtherScripts(std::string_view word, size_t distance, NamedEntities* named) const {
  for (const uint16_t number : other_scripts_) {
    const size_t at = word.rfind(words_[number].text);
    if (at == std::string_view::npos) continue;
    for (const Entity entity : words_[number].entities) named->Note(entity, distance - at);
  }
}

}  // namespace portcullis::policy
