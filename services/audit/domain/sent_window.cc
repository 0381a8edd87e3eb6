#include "services/audit/domain/sent_window.h"

#include <algorithm>

namespace portcullis::audit {

void SentWindow::Sent(uint64_t position, int64_t time_us) { entries_.push_back({position, time_us, false}); }

void SentWindow::Passed(uint64_t position) {
  entries_.push_back({position, 0, true});
  Advance();
}

void SentWindow::Acknowledged(uint64_t position) {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), position,
                                      [](const Entry& entry, uint64_t at) { return entry.position < at; });
  if (found == entries_.end() || found->position != position) return;
  found->done = true;
  Advance();
}

std::optional<int64_t> SentWindow::oldest_us() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.front().time_us;
}

void SentWindow::Advance() {
  while (!entries_.empty() && entries_.front().done) {
    cursor_ = entries_.front().position;
    entries_.pop_front();
  }
}

}  // namespace portcullis::audit
