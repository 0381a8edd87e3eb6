#include "services/audit/adapters/store/sqlite/record_changes.h"

#include <charconv>

namespace portcullis::audit::sqlite {

void RecordChanges::Add(int64_t root, int64_t leaf, const LeafIndex& index) {
  const auto [entry, is_new] = by_root_.try_emplace(root, list_.size());
  if (is_new) list_.push_back({root, index.request_id, index.time_us, index.kind, {}, {}, {}});
  RecordChange& change = list_[entry->second];
  if (change.verdict.empty() || (index.kind >= change.kind && !index.verdict.empty())) {
    change.verdict = index.verdict;
  }
  if (index.kind > change.kind) change.kind = index.kind;
  if (change.tenant.empty()) change.tenant = index.tenant;
  if (!is_new) change.leaves += ' ';
  char digits[24];
  change.leaves.append(digits, std::to_chars(digits, digits + sizeof(digits), leaf).ptr);
}

}  // namespace portcullis::audit::sqlite
