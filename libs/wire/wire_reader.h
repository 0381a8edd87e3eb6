// Reads protobuf fields from a view (https://protobuf.dev/programming-guides/encoding/), the other way round
// of WireWriter. Never reads past the end. Groups, which proto3 does not have, are refused.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace portcullis::wire {

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  static constexpr uint32_t NumberTag(int field) { return static_cast<uint32_t>(field) << 3 | kVarint; }
  static constexpr uint32_t DoubleTag(int field) { return static_cast<uint32_t>(field) << 3 | kFixed64; }
  static constexpr uint32_t TextTag(int field) { return static_cast<uint32_t>(field) << 3 | kLength; }
  static constexpr int FieldOf(uint32_t tag) { return static_cast<int>(tag >> 3); }

  bool done() const { return at_ == end_; }

  // Each is false, and what follows is undefined, if the bytes do not hold it.
  bool Tag(uint32_t* tag) {
    uint64_t value = 0;
    if (!Varint(&value) || value > UINT32_MAX || value >> 3 == 0) return false;
    *tag = static_cast<uint32_t>(value);
    return true;
  }

  bool Varint(uint64_t* value) {
    *value = 0;
    for (int shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(*at_++);
      if (shift < 64) *value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool Number(int64_t* value) {
    uint64_t raw = 0;
    if (!Varint(&raw)) return false;
    *value = static_cast<int64_t>(raw);
    return true;
  }

  bool Double(double* value) {
    if (end_ - at_ < static_cast<std::ptrdiff_t>(sizeof(*value))) return false;
    std::memcpy(value, at_, sizeof(*value));
    at_ += sizeof(*value);
    return true;
  }

  // The text or message that follows, as a view of the bytes.
  bool View(std::string_view* view) {
    uint64_t length = 0;
    if (!Varint(&length) || length > static_cast<uint64_t>(end_ - at_)) return false;
    *view = {at_, static_cast<size_t>(length)};
    at_ += length;
    return true;
  }

  // The value of a field with this tag.
  bool Skip(uint32_t tag) {
    uint64_t number = 0;
    std::string_view view;
    switch (tag & 7) {
      case kVarint:
        return Varint(&number);
      case kFixed64:
        return Pass(8);
      case kLength:
        return View(&view);
      case kFixed32:
        return Pass(4);
      default:
        return false;
    }
  }

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };
  static_assert(std::endian::native == std::endian::little, "numbers are read by plain copies");

  bool Pass(std::ptrdiff_t count) {
    if (end_ - at_ < count) return false;
    at_ += count;
    return true;
  }

  const char* at_;
  const char* const end_;
};

}  // namespace portcullis::wire
