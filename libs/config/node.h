// A parsed YAML document as a tree that remembers where everything stood.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::config {

// Where something stands. `source` 0 is the file; others were added to it (Document::AddSource, Override).
struct Position {
  int line = 0;    // from 1; 0 = unknown
  int column = 0;  // from 1, in characters
  int length = 1;  // in characters, within the line
  int source = 0;
};

struct Entry;

struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  Position position;
  std::string scalar;          // kScalar: the text
  bool quoted = false;         // kScalar: written in quotes (or as a block), hence text and nothing else
  std::vector<Node> items;     // kSequence
  std::vector<Entry> entries;  // kMapping, in the order of the file, keys unique

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }

  // The value of `key` in a mapping, or null.
  const Node* Find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position position;  // of the key
  Node value;
};

// What a node is, for messages: "a list", "the text \"abc\"", "the number 5"...
std::string Describe(const Node& node);

}  // namespace portcullis::config
