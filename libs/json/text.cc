#include "libs/json/text.h"

#include <simdjson.h>

#include <cstring>

#include "libs/json/unit.h"

namespace portcullis::json {
namespace internal {

int Hex4(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int value = 0;
  for (char c : digits.substr(0, 4)) {
    int nibble;
    if (c >= '0' && c <= '9') {
      nibble = c - '0';
    } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
      nibble = (c | 32) - 'a' + 10;
    } else {
      return -1;
    }
    value = value * 16 + nibble;
  }
  return value;
}

uint32_t EncodeUtf8(uint32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | (c >> 6));
    out[1] = static_cast<char>(0x80 | (c & 63));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (c >> 12));
    out[1] = static_cast<char>(0x80 | ((c >> 6) & 63));
    out[2] = static_cast<char>(0x80 | (c & 63));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (c >> 18));
  out[1] = static_cast<char>(0x80 | ((c >> 12) & 63));
  out[2] = static_cast<char>(0x80 | ((c >> 6) & 63));
  out[3] = static_cast<char>(0x80 | (c & 63));
  return 4;
}

Unit ReadUnit(std::string_view raw, size_t at) {
  Unit unit;
  unit.text[0] = raw[at];
  if (raw[at] != '\\') return unit;
  unit.raw_length = 2;
  switch (raw[at + 1]) {
    case 'b':
      unit.text[0] = '\b';
      return unit;
    case 'f':
      unit.text[0] = '\f';
      return unit;
    case 'n':
      unit.text[0] = '\n';
      return unit;
    case 'r':
      unit.text[0] = '\r';
      return unit;
    case 't':
      unit.text[0] = '\t';
      return unit;
    case 'u':
      break;
    default:
      unit.text[0] = raw[at + 1];
      return unit;
  }
  uint32_t code_point = static_cast<uint32_t>(Hex4(raw.substr(at + 2)));
  unit.raw_length = 6;
  if (code_point >= 0xD800 && code_point < 0xDC00) {
    const uint32_t low = static_cast<uint32_t>(Hex4(raw.substr(at + 8)));
    code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
    unit.raw_length = 12;
  }
  unit.text_length = EncodeUtf8(code_point, unit.text);
  return unit;
}

}  // namespace internal

void Unescape(std::string_view raw, std::string* out) {
  out->reserve(out->size() + raw.size());
  size_t at = 0;
  while (at < raw.size()) {
    const size_t backslash = std::min(raw.find('\\', at), raw.size());
    out->append(raw, at, backslash - at);
    at = backslash;
    if (at == raw.size()) return;
    const internal::Unit unit = internal::ReadUnit(raw, at);
    out->append(unit.text, unit.text_length);
    at += unit.raw_length;
  }
}

void RawOffsets::SkipTo(uint32_t text_offset) {
  while (raw_at_ < raw_.size()) {
    const internal::Unit unit = internal::ReadUnit(raw_, raw_at_);
    if (text_at_ + unit.text_length > text_offset) return;
    raw_at_ += unit.raw_length;
    text_at_ += unit.text_length;
  }
}

uint32_t RawOffsets::Down(uint32_t text_offset) {
  SkipTo(text_offset);
  return raw_at_;
}

uint32_t RawOffsets::Up(uint32_t text_offset) {
  SkipTo(text_offset);
  if (text_at_ == text_offset || raw_at_ == raw_.size()) return raw_at_;
  return raw_at_ + internal::ReadUnit(raw_, raw_at_).raw_length;
}

void AppendEscaped(std::string_view text, std::string* out) {
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out->append(text, done, i - done);
    done = i + 1;
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        *out += "\\u00";
        *out += "0123456789abcdef"[c >> 4];
        *out += "0123456789abcdef"[c & 15];
    }
  }
  out->append(text, done, text.size() - done);
}

void AppendQuoted(std::string_view text, std::string* out) {
  *out += '"';
  AppendEscaped(text, out);
  *out += '"';
}

std::string SanitizeUtf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t length = 1;
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0xF0) {
      length = 4;
    } else if (c >= 0xE0) {
      length = 3;
    } else if (c >= 0xC0) {
      length = 2;
    }
    const std::string_view unit = text.substr(i, length);
    if (unit.size() == length && simdjson::validate_utf8(unit.data(), unit.size())) {
      out += unit;
      i += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return out;
}

}  // namespace portcullis::json
