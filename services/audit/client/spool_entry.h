// What lies in a spool for a leaf: its bytes, and perhaps content beside them.
//
// An entry without content is the leaf's bytes. One with content begins with a zero byte, as no encoded
// Record does; then come the length of the leaf's bytes (4 bytes, little-endian), those bytes, and the
// content. Both are one write: there is never one without the other.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::audit {

struct SpoolEntry {
  std::string_view bytes;    // of the leaf
  std::string_view content;  // a packed ContentEnvelope; "" = none
};

// Makes an entry of a leaf's bytes; without content it stays as it is.
void AddContent(std::string_view content, std::string* bytes);

// An entry that cannot be is the leaf's bytes as a whole, which then are no record.
SpoolEntry ParseEntry(std::string_view entry);

}  // namespace portcullis::audit
