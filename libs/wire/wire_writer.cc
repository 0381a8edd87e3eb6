#include "libs/wire/wire_writer.h"

#include <algorithm>

#include "libs/json/text.h"

namespace portcullis::wire {
namespace {

bool IsAscii(std::string_view text) {
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + sizeof(seen) <= text.size(); i += sizeof(seen)) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof(word));
    seen |= word;
  }
  for (; i < text.size(); ++i) seen |= static_cast<unsigned char>(text[i]);
  return (seen & 0x8080808080808080) == 0;
}

}  // namespace

void WireWriter::Text(int field, std::string_view text) {
  if (text.empty()) return;
  std::string clean;
  if (!IsAscii(text)) text = clean = json::SanitizeUtf8(text);
  Bytes(field, text);
}

// One byte was kept for the length; longer lengths push the message back.
void WireWriter::CloseMessage(size_t begin) {
  const size_t length = out_.size() - begin - 1;
  if (length < 0x80) {
    out_[begin] = static_cast<char>(length);
    return;
  }
  std::string prefix;
  WireWriter(&prefix).Varint(length);
  out_.replace(begin, 1, prefix);
}

}  // namespace portcullis::wire
