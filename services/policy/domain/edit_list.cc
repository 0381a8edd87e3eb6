#include "services/policy/domain/edit_list.h"

#include <algorithm>
#include <tuple>

namespace portcullis::policy {

uint32_t EditList::Take(uint32_t limit, uint32_t segment, std::vector<Edit>* edits) {
  if (pending_.empty()) return limit;
  std::stable_sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
    return std::tie(a.begin, a.stage) < std::tie(b.begin, b.stage);
  });
  size_t at = 0;
  uint32_t reach = limit;
  while (at < pending_.size() && pending_[at].begin < limit) {
    uint32_t end = pending_[at].end;
    size_t next = at + 1;
    for (; next < pending_.size() && pending_[next].begin < end; ++next)
      end = std::max(end, pending_[next].end);
    if (end > limit) {
      reach = pending_[at].begin;
      break;
    }
    edits->push_back({segment, pending_[at].begin, end, std::move(pending_[at].replacement)});
    at = next;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
  return reach;
}

}  // namespace portcullis::policy
