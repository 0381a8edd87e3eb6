// What each code point becomes before text is matched: the same letter in any dress becomes one spelling.
//
// Folding is per code point and knows no context, so that a stream folds to the same bytes however it is cut:
//   ASCII                          unchanged
//   letters, digits, signs         compatibility decomposition (NFKD), case folded, combining marks dropped;
//                                  Latin letters without a decomposition (ø, ß, ...) by a table of our own
//   digits of any script           0..9
//   quotation marks, dashes, spaces  ' " - and the space
//   currencies, other signs, emoji   $ and the space
//   invisible code points          nothing (zero-width, bidirectional controls, tags, variation selectors)
//   look-alikes of Latin letters   the Latin letter (Cyrillic, Greek, Armenian, ...), if asked for
// Unicode data by ICU; look-alikes by ICU's spoof checker (UTS 39) and the table in look_alikes.cc.
//
// A table is built once (some 50 ms) and is immutable: share it between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace portcullis::text {

// A code point's text never becomes longer than this; longer decompositions are left as they are.
inline constexpr size_t kMaxFoldedBytes = 16;

struct FoldOptions {
  bool normalize = true;    // everything above but the look-alikes
  bool look_alikes = true;  // Cyrillic "а" is "a"
};

class FoldTable {
 public:
  // INTERNAL if ICU has no data.
  static absl::StatusOr<std::shared_ptr<const FoldTable>> Build(const FoldOptions& options);

  enum class Kind : uint8_t { kSame, kDropped, kReplaced };

  struct Entry {
    Kind kind = Kind::kSame;
    std::string_view replacement;  // for kReplaced; valid as long as the table
  };

  Entry Find(char32_t code_point) const {
    const uint32_t entry = entries_[pages_[code_point >> 8] * 256u + (code_point & 0xFF)];
    if (entry == kSameEntry) return {};
    if (entry == kDroppedEntry) return {Kind::kDropped, {}};
    return {Kind::kReplaced, std::string_view(texts_).substr(entry >> 8, entry & 0xFF)};
  }

 private:
  static constexpr uint32_t kSameEntry = 0;
  static constexpr uint32_t kDroppedEntry = 1;

  void Set(char32_t code_point, uint32_t entry);

  std::vector<uint16_t> pages_ = std::vector<uint16_t>(0x1100, 0);  // page 0 of entries_ is "all the same"
  std::vector<uint32_t> entries_ = std::vector<uint32_t>(256, kSameEntry);
  std::string texts_ = " ";  // replacements; entry = offset << 8 | length, offset > 0

  friend class FoldTableBuilder;
};

}  // namespace portcullis::text
