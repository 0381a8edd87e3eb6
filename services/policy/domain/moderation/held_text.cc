#include "services/policy/domain/moderation/held_text.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "services/policy/domain/moderation/moderator.h"

namespace portcullis::policy {
namespace {

// After the last sentence that is complete in `text`; 0 if none is.
size_t SentencesEnd(std::string_view text) {
  constexpr std::string_view kWideStop = "\u3002";
  for (size_t i = text.size(); i > 0; --i) {
    if (text[i - 1] == '\n') return i;
    if (i >= kWideStop.size() && text.substr(i - kWideStop.size(), kWideStop.size()) == kWideStop) return i;
    if (i < 2 || text[i - 1] != ' ') continue;
    const char before = text[i - 2];
    if (before == '.' || before == '!' || before == '?') return i;
  }
  return 0;
}

}  // namespace

void HeldText::TakeRelease(Release release) {
  released_ = release.end;
  std::move(release.edits.begin(), release.edits.end(), std::back_inserter(edits_));
}

uint32_t HeldText::Judgeable(StreamMode mode) const {
  if (last_) return released_ == begin_ + text_.size() ? released_ : begin_;
  if (mode != StreamMode::kSentence || kind_ == SegmentKind::kJson) return begin_;
  const std::string_view released = std::string_view(text_).substr(0, released_ - begin_);
  auto end = begin_ + static_cast<uint32_t>(SentencesEnd(released));
  for (const Edit& edit : edits_) {
    if (edit.begin < end && end < edit.end) end = edit.begin;
  }
  return end;
}

std::string HeldText::TextUntil(uint32_t end) const {
  std::vector<Edit> edits;
  std::copy_if(edits_.begin(), edits_.end(), std::back_inserter(edits),
               [end](const Edit& edit) { return edit.end <= end; });
  return Edited(std::string_view(text_).substr(0, end - begin_), begin_, edits);
}

Release HeldText::ReleaseUntil(uint32_t end) {
  Release release{channel_, end, {}};
  const auto rest =
      std::find_if(edits_.begin(), edits_.end(), [end](const Edit& edit) { return edit.end > end; });
  release.edits.assign(std::make_move_iterator(edits_.begin()), std::make_move_iterator(rest));
  edits_.erase(edits_.begin(), rest);
  text_.erase(0, end - begin_);
  begin_ = end;
  return release;
}

}  // namespace portcullis::policy
