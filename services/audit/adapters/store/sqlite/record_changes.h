// What one batch of leaves changes in the index: one entry per record, so that a record whose intent and
// outcome come in the same batch is written once. Follows the same rules as the statement that lays a change
// over a record that is stored already.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/audit/domain/store.h"

namespace portcullis::audit::sqlite {

struct RecordChange {
  int64_t root = 0;
  std::string_view request_id;  // the views are into the LeafIndex that was added
  int64_t time_us = 0;
  LeafKind kind = LeafKind::kIntent;
  std::string_view verdict;
  std::string_view tenant;
  std::string leaves;  // numbers by arrival, separated by spaces
};

class RecordChanges {
 public:
  // Adds a leaf; `index` must outlive this.
  void Add(int64_t root, int64_t leaf, const LeafIndex& index);

  // In the order in which the records' first leaves came.
  const std::vector<RecordChange>& list() const { return list_; }

 private:
  std::vector<RecordChange> list_;
  std::unordered_map<int64_t, size_t> by_root_;
};

}  // namespace portcullis::audit::sqlite
