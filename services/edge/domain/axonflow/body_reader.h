// Reads the members of one JSON object by name, and keeps the first thing that is wrong. Nulls are as if they
// were not there.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/strings.h"
#include "libs/json/tape.h"
#include "libs/json/text.h"

namespace portcullis::edge {

inline constexpr uint64_t kMaxBodyCount = uint64_t{1} << 40;
inline constexpr size_t kMaxBodyItems = 64;

// `tape` and `object`, which may be null (an object without members), must outlive it. `path` stands before
// names in errors.
class BodyReader {
 public:
  BodyReader(const json::Tape& tape, const json::Node* object, std::string_view path = "")
      : tape_(tape), object_(object), path_(path) {}

  BodyReader& Text(std::string_view key, std::string* out) {
    const json::Node* node = Find(key, json::Kind::kString, "a string");
    if (node == nullptr) return *this;
    out->clear();
    json::Unescape(tape_.RawString(*node), out);
    return *this;
  }

  BodyReader& Flag(std::string_view key, bool* out) {
    const json::Node* node = Find(key);
    if (node == nullptr) return *this;
    if (node->kind != json::Kind::kTrue && node->kind != json::Kind::kFalse)
      return Wrong(key, "true or false");
    *out = node->kind == json::Kind::kTrue;
    return *this;
  }

  BodyReader& Number(std::string_view key, std::optional<double>* out) {
    const json::Node* node = Find(key, json::Kind::kNumber, "a number");
    if (node == nullptr) return *this;
    const std::string_view raw = tape_.Raw(*node);
    double value = 0;
    const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    if (read.ec != std::errc() || !std::isfinite(value)) return Wrong(key, "a number");
    *out = value;
    return *this;
  }

  // A whole number; 500.0 is one.
  BodyReader& Count(std::string_view key, std::optional<uint64_t>* out) {
    std::optional<double> value;
    Number(key, &value);
    if (!value) return *this;
    if (*value < 0 || *value > static_cast<double>(kMaxBodyCount) || *value != std::floor(*value)) {
      return Wrong(key, "a whole number, 0 or more");
    }
    *out = static_cast<uint64_t>(*value);
    return *this;
  }

  BodyReader& Count(std::string_view key, uint64_t* out) {
    std::optional<uint64_t> value;
    Count(key, &value);
    if (value) *out = *value;
    return *this;
  }

  BodyReader& Texts(std::string_view key, std::vector<std::string>* out) {
    const json::Node* list = Find(key, json::Kind::kArray, "an array of strings");
    if (list == nullptr) return *this;
    for (const json::Node& item : tape_.Children(*list)) {
      if (item.kind != json::Kind::kString || out->size() == kMaxBodyItems) {
        return Wrong(key, base::StrCat("an array of at most ", kMaxBodyItems, " strings"));
      }
      json::Unescape(tape_.RawString(item), &out->emplace_back());
    }
    return *this;
  }

  // The member if it is there, no null, and of this kind.
  const json::Node* Find(std::string_view key, json::Kind kind, std::string_view expected) {
    const json::Node* node = Find(key);
    if (node == nullptr || node->kind == kind) return node;
    Wrong(key, expected);
    return nullptr;
  }

  // The member if it is there and no null.
  const json::Node* Find(std::string_view key) const {
    if (object_ == nullptr) return nullptr;
    const json::Node* node = tape_.Find(*object_, key);
    return node == nullptr || node->kind == json::Kind::kNull ? nullptr : node;
  }

  BodyReader& Wrong(std::string_view key, std::string_view expected) {
    if (!error_) error_ = base::StrCat(path_, key, " must be ", expected);
    return *this;
  }

  void Take(BodyReader& other) {
    if (!error_) error_ = std::move(other.error_);
  }

  std::optional<std::string> error() { return std::move(error_); }

 private:
  const json::Tape& tape_;
  const json::Node* object_;
  const std::string path_;
  std::optional<std::string> error_;
};

}  // namespace portcullis::edge
