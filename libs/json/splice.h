// Replacements in a JSON text, by byte offsets: what they do not touch stays byte for byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/json/tape.h"

namespace portcullis::json {

// Replace raw bytes [begin, end) by `bytes`.
struct Splice {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string bytes;
};

// `splices` must not overlap; they are sorted here. Of several that begin at one place those that insert come
// first, in the order given.
std::string ApplySplices(std::string_view raw, std::vector<Splice> splices);

// Edits of the members of one object of a tape, as splices with the commas where they belong.
class ObjectEdits {
 public:
  // `tape` and `object` must outlive the edits; `object` is one.
  ObjectEdits(const Tape& tape, const Node& object) : tape_(tape), object_(object) {}

  void Rename(const Node& member, std::string_view key);       // a key without need of escapes
  void Replace(const Node& member, std::string_view literal);  // the value, by JSON
  void Remove(const Node& member);
  void Insert(std::string_view key, std::string_view literal);  // before the first member

  // Appends what was asked for; call once.
  void AppendTo(std::vector<Splice>* splices);

 private:
  bool IsRemoved(const Node& member) const;

  const Tape& tape_;
  const Node& object_;
  std::vector<Splice> changes_;
  std::vector<uint32_t> removed_;  // where the members' values begin
  std::string inserted_;
};

}  // namespace portcullis::json
