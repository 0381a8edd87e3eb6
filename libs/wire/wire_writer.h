// Appends protobuf fields to a string (https://protobuf.dev/programming-guides/encoding/). Fields with their
// default value are left out.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace portcullis::wire {

class WireWriter {
 public:
  explicit WireWriter(std::string* out) : out_(*out) {}

  void Number(int field, uint64_t value) {
    if (value != 0) NumberAlways(field, value);
  }

  void NumberAlways(int field, uint64_t value) {
    Tag(field, kVarint);
    Varint(value);
  }

  void Fixed64(int field, uint64_t value) {
    if (value == 0) return;
    Tag(field, kFixed64);
    Plain(value);
  }

  void Double(int field, double value) {
    if (std::bit_cast<uint64_t>(value) != 0) DoubleAlways(field, value);
  }

  void DoubleAlways(int field, double value) {
    Tag(field, kFixed64);
    Plain(value);
  }

  void Bytes(int field, std::string_view bytes) {
    if (bytes.empty()) return;
    Tag(field, kLength);
    Varint(bytes.size());
    out_.append(bytes);
  }

  // Text that is not valid UTF-8 is made so.
  void Text(int field, std::string_view text);

  // A message that `fill` writes through this writer.
  template <typename Fill>
  void Message(int field, Fill&& fill) {
    Tag(field, kLength);
    const size_t begin = out_.size();
    out_ += '\0';
    fill();
    CloseMessage(begin);
  }

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLength = 2 };
  static_assert(std::endian::native == std::endian::little, "numbers are written by plain copies");

  void Tag(int field, WireType type) { Varint(static_cast<uint32_t>(field) << 3 | type); }

  void Varint(uint64_t value) {
    char bytes[10];
    size_t count = 0;
    for (; value >= 0x80; value >>= 7) bytes[count++] = static_cast<char>(value | 0x80);
    bytes[count++] = static_cast<char>(value);
    out_.append(bytes, count);
  }

  template <typename Value>
  void Plain(const Value& value) {
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    out_.append(bytes, sizeof(bytes));
  }

  void CloseMessage(size_t begin);

  std::string& out_;
};

}  // namespace portcullis::wire
