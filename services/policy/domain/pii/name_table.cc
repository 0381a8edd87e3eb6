#include "services/policy/domain/pii/name_list.h"

namespace portcullis::policy {
namespace {

constexpr size_t kSlots = 1 << 15;

}  // namespace

NameTable::NameTable(const NameList& given, const NameList& surnames) : slots_(kSlots) {
  Add(given.names, kGivenName);
  Add(given.also_words, kGivenName | kAlsoWord);
  Add(surnames.names, kSurname);
  Add(surnames.also_words, kSurname | kAlsoWord);
}

void NameTable::Add(std::string_view names, uint8_t kind) {
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(' '));
    names.remove_prefix(name.size() + 1);
    Slot& slot = slots_[SlotOf(name)];
    slot.name = name;
    slot.kind |= kind;
  }
}

uint8_t NameTable::Of(std::string_view lower) const { return slots_[SlotOf(lower)].kind; }

size_t NameTable::SlotOf(std::string_view lower) const {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : lower) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619u;
  size_t slot = (hash ^ (hash >> 15)) % kSlots;
  while (!slots_[slot].name.empty() && slots_[slot].name != lower) slot = (slot + 1) % kSlots;
  return slot;
}

}  // namespace portcullis::policy
