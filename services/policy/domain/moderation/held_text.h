// The text of one channel of a stream that waits for its moderation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/api/policy_api.h"
#include "services/policy/domain/control/policy_control.h"

namespace portcullis::policy {

// Offsets count bytes of the channel's whole text, as in Release.
class HeldText {
 public:
  HeldText(uint32_t channel, SegmentKind kind) : channel_(channel), kind_(kind) {}

  uint32_t channel() const { return channel_; }
  uint32_t begin() const { return begin_; }
  // What the policies before released and this still holds.
  uint64_t held_bytes() const { return released_ - begin_; }

  void Add(std::string_view text, bool last) {
    text_ += text;
    last_ = last_ || last;
  }
  void TakeRelease(Release release);

  // How far the text can be judged now: begin() if not at all.
  uint32_t Judgeable(StreamMode mode) const;

  // The text up to `end` with its edits applied.
  std::string TextUntil(uint32_t end) const;

  // Gives up the text up to `end`, which lies between two edits.
  Release ReleaseUntil(uint32_t end);

 private:
  uint32_t channel_;
  SegmentKind kind_;
  std::string text_;       // from begin_ on
  uint32_t begin_ = 0;     // what has left
  uint32_t released_ = 0;  // what the policies before have released
  std::vector<Edit> edits_;
  bool last_ = false;
};

}  // namespace portcullis::policy
