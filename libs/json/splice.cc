#include "libs/json/splice.h"

#include <algorithm>
#include <tuple>

#include "libs/base/strings.h"

namespace portcullis::json {

std::string ApplySplices(std::string_view raw, std::vector<Splice> splices) {
  std::stable_sort(splices.begin(), splices.end(), [](const Splice& a, const Splice& b) {
    return std::tuple(a.begin, a.end != a.begin) < std::tuple(b.begin, b.end != b.begin);
  });
  std::string out;
  out.reserve(raw.size() + 64);
  size_t at = 0;
  for (const Splice& splice : splices) {
    out.append(raw, at, splice.begin - at);
    out.append(splice.bytes);
    at = splice.end;
  }
  out.append(raw, at, raw.size() - at);
  return out;
}

void ObjectEdits::Rename(const Node& member, std::string_view key) {
  changes_.push_back({member.key_begin, member.key_end, std::string(key)});
}

void ObjectEdits::Replace(const Node& member, std::string_view literal) {
  changes_.push_back({member.begin, member.end, std::string(literal)});
}

void ObjectEdits::Remove(const Node& member) { removed_.push_back(member.begin); }

void ObjectEdits::Insert(std::string_view key, std::string_view literal) {
  inserted_ += base::StrCat(inserted_.empty() ? "\"" : ",\"", key, "\":", literal);
}

bool ObjectEdits::IsRemoved(const Node& member) const {
  return std::find(removed_.begin(), removed_.end(), member.begin) != removed_.end();
}

void ObjectEdits::AppendTo(std::vector<Splice>* splices) {
  const Node* previous = nullptr;
  const Node* leading = nullptr;  // a removed member with none that stays before it
  bool kept = false;              // one stayed
  for (const Node& member : tape_.Children(object_)) {
    if (leading != nullptr) splices->push_back({leading->key_begin - 1, member.key_begin - 1, ""});
    leading = nullptr;
    if (!IsRemoved(member)) {
      kept = true;
    } else if (kept) {
      splices->push_back({previous->end, member.end, ""});
    } else {
      leading = &member;
    }
    previous = &member;
  }
  if (leading != nullptr) splices->push_back({leading->key_begin - 1, leading->end, ""});
  if (!inserted_.empty()) {
    if (kept) inserted_ += ',';
    splices->push_back({object_.begin + 1, object_.begin + 1, inserted_});
  }
  splices->insert(splices->end(), changes_.begin(), changes_.end());
}

}  // namespace portcullis::json
