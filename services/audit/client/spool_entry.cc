#include "services/audit/client/spool_entry.h"

#include <cstdint>

namespace portcullis::audit {
namespace {

constexpr size_t kHeader = 1 + sizeof(uint32_t);

}  // namespace

void AddContent(std::string_view content, std::string* bytes) {
  if (content.empty()) return;
  const auto length = static_cast<uint32_t>(bytes->size());
  char header[kHeader] = {};
  for (size_t i = 0; i < sizeof(length); ++i) header[1 + i] = static_cast<char>(length >> (8 * i));
  bytes->insert(0, header, kHeader);
  bytes->append(content);
}

SpoolEntry ParseEntry(std::string_view entry) {
  if (entry.size() < kHeader || entry[0] != '\0') return {entry, {}};
  size_t length = 0;
  for (size_t i = 0; i < sizeof(uint32_t); ++i) {
    length |= static_cast<size_t>(static_cast<unsigned char>(entry[1 + i])) << (8 * i);
  }
  if (length > entry.size() - kHeader) return {entry, {}};
  return {entry.substr(kHeader, length), entry.substr(kHeader + length)};
}

}  // namespace portcullis::audit
