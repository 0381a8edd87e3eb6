// Edits of one text as several policies make them, merged so that none overlap.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

// The stage of edits that no policy makes: they put back what tokens stand for.
inline constexpr uint8_t kRestoreStage = 255;

// Offsets count raw bytes. Overlapping edits become one that covers them all, with the replacement of the one
// that begins first (of equals: that of the policy that comes first in the chain). Not thread-safe.
class EditList {
 public:
  void Add(uint32_t begin, uint32_t end, uint8_t stage, std::string replacement) {
    pending_.push_back({begin, end, stage, std::move(replacement)});
  }

  // Takes out the merged edits that end at or before `limit`, for segment or channel `segment`. No edit that
  // begins before `limit` may come later. Returns how far the text may go: `limit`, or the start of an edit
  // that crosses it.
  uint32_t Take(uint32_t limit, uint32_t segment, std::vector<Edit>* edits);

 private:
  struct Pending {
    uint32_t begin, end;
    uint8_t stage;
    std::string replacement;
  };

  std::vector<Pending> pending_;
};

}  // namespace portcullis::policy
