// A JSON document, checked whole and laid out flat, with the place of every value in the raw bytes.
//
// The gateway edits requests and answers by splicing bytes, so it needs offsets, and it must refuse what
// another parser might read differently, so every byte is checked: RFC 8259 grammar, UTF-8 (simdjson's
// validator), escapes, lone surrogates, depth and number of values. Numbers are checked by grammar only;
// their text is kept. Duplicate keys are kept, each as a node of its own: callers decide.
//
//   Tape tape;
//   ASSIGN... tape.Parse(body, limits);
//   for (const Node& member : tape.Children(tape.root())) if (tape.KeyIs(member, "model")) ...
//
// A Tape may be used again and keeps its memory. It refers to the parsed text, which must outlive it and
// stay. Not thread-safe. simdjson's DOM has no offsets and its On-Demand does not check what is not visited:
// docs/adr/0002.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace portcullis::json {

enum class Kind : uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

struct Node {
  uint32_t begin = 0;      // first byte of the value (for strings: the opening quote)
  uint32_t end = 0;        // one past its last byte
  uint32_t key_begin = 0;  // bytes of the key between its quotes, in members of objects
  uint32_t key_end = 0;
  uint32_t next = 0;  // index of the node after this one and everything in it
  Kind kind = Kind::kNull;
  bool escaped = false;  // a string with at least one backslash
  bool key_escaped = false;
};

struct Limits {
  uint32_t max_depth = 64;
  uint32_t max_nodes = 2'000'000;
};

class Tape {
 public:
  // Iterates over the members of an object or the elements of an array.
  class ChildIterator {
   public:
    ChildIterator(const std::vector<Node>* nodes, uint32_t index) : nodes_(nodes), index_(index) {}
    const Node& operator*() const { return (*nodes_)[index_]; }
    ChildIterator& operator++() {
      index_ = (*nodes_)[index_].next;
      return *this;
    }
    bool operator!=(const ChildIterator& other) const { return index_ != other.index_; }

   private:
    const std::vector<Node>* nodes_;
    uint32_t index_;
  };
  struct ChildRange {
    ChildIterator first, last;
    ChildIterator begin() const { return first; }
    ChildIterator end() const { return last; }
  };

  // INVALID_ARGUMENT with what is wrong and its byte offset; RESOURCE_EXHAUSTED when over a limit. Text over
  // 4 GiB is refused.
  absl::Status Parse(std::string_view text, const Limits& limits = {});

  const Node& root() const { return nodes_[0]; }
  std::string_view text() const { return text_; }
  size_t size() const { return nodes_.size(); }

  // Empty for scalars.
  ChildRange Children(const Node& parent) const;

  // The raw bytes of a value.
  std::string_view Raw(const Node& node) const { return text_.substr(node.begin, node.end - node.begin); }

  // The raw bytes of a string between its quotes, escapes as they stand.
  std::string_view RawString(const Node& node) const {
    return text_.substr(node.begin + 1, node.end - node.begin - 2);
  }

  // The text of a string: a view of the raw bytes if it has no escapes, else of `*scratch`.
  std::string_view String(const Node& node, std::string* scratch) const;

  bool KeyIs(const Node& member, std::string_view key) const;
  std::string Key(const Node& member) const;

  // The last member with this key, or null. (Callers that must refuse duplicates use CountKey.)
  const Node* Find(const Node& object, std::string_view key) const;
  int CountKey(const Node& object, std::string_view key) const;

  // A whole number in 0..2^53, or -1.
  int64_t Integer(const Node& node) const;

 private:
  friend class TapeParser;

  std::string_view text_;
  std::vector<Node> nodes_;
};

}  // namespace portcullis::json
