#include "libs/config/yaml_writer.h"

#include <algorithm>
#include <string_view>

namespace portcullis::config {
namespace {

bool IsAlnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Whether the text without quotes is this text again, and reads as one scalar in lists too.
bool IsPlain(std::string_view text) {
  if (text.empty() || text.back() == ' ' || text.back() == ':' || text == "null") return false;
  if (!IsAlnum(text.front()) && text.front() != '/' && text.front() != '_' && text.front() != '-')
    return false;
  if (text.front() == '-' && (text.size() < 2 || !IsAlnum(text[1]))) return false;
  if (text.find(": ") != text.npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || std::string_view(" _-./:@+").find(c) != std::string_view::npos;
  });
}

std::string Quoted(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += "\\x";
      quoted += kHex[byte >> 4];
      quoted += kHex[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string Key(const std::string& key) { return IsPlain(key) ? key : Quoted(key); }

std::string Scalar(const Node& node) {
  if (node.is_null()) return "null";
  return !node.quoted && IsPlain(node.scalar) ? node.scalar : Quoted(node.scalar);
}

bool IsFlat(const Node& list) {
  return std::none_of(list.items.begin(), list.items.end(),
                      [](const Node& item) { return item.is_sequence() || item.is_mapping(); });
}

std::string FlatList(const Node& list) {
  std::string text = "[";
  for (const Node& item : list.items) text += (text.size() > 1 ? ", " : "") + Scalar(item);
  return text + "]";
}

class Writer {
 public:
  void Mapping(const Node& node, size_t indent) {
    bool first = true;
    for (const Entry& entry : node.entries) {
      if (!first || !after_dash_) text_.append(indent, ' ');
      after_dash_ = first = false;
      text_ += Key(entry.key) + ":";
      Value(entry.value, indent);
    }
  }

  std::string Take() { return std::move(text_); }

 private:
  void Value(const Node& node, size_t indent) {
    if (node.is_mapping() && !node.entries.empty()) {
      text_ += "\n";
      Mapping(node, indent + 2);
    } else if (node.is_sequence() && !IsFlat(node)) {
      text_ += "\n";
      for (const Node& item : node.items) Item(item, indent + 2);
    } else {
      text_ += " " + Inline(node) + "\n";
    }
  }

  static std::string Inline(const Node& node) {
    if (node.is_mapping()) return "{}";
    return node.is_sequence() ? FlatList(node) : Scalar(node);
  }

  void Item(const Node& item, size_t indent) {
    text_.append(indent, ' ');
    if (item.is_mapping() && !item.entries.empty()) {
      text_ += "- ";
      after_dash_ = true;
      Mapping(item, indent + 2);
    } else if (item.is_sequence() && !IsFlat(item)) {
      text_ += "-\n";
      for (const Node& inner : item.items) Item(inner, indent + 2);
    } else {
      text_ += "- " + Inline(item) + "\n";
    }
  }

  std::string text_;
  bool after_dash_ = false;  // the next key stands behind a "- "
};

}  // namespace

std::string WriteYaml(const Node& root) {
  Writer writer;
  writer.Mapping(root, 0);
  return writer.Take();
}

}  // namespace portcullis::config
