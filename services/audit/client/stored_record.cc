#include "services/audit/client/stored_record.h"

#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "libs/spool/format.h"
#include "services/audit/domain/merge.h"

namespace portcullis::audit {

LeafIndex ToIndex(const LeafId& id, const RecordKey& key) {
  LeafIndex index;
  index.kind = key.kind;
  const bool has_root = spool::IsValidId(key.intent_spool) && key.intent_sequence - 1 < kMaxSequence;
  index.root = has_root ? LeafId{std::string(key.intent_spool), key.intent_sequence} : id;
  index.request_id = key.request_id;
  index.time_us = key.started_us != 0 ? key.started_us : key.time_us;
  index.verdict = key.verdict;
  index.tenant = key.tenant;
  return index;
}

absl::StatusOr<Record> MergeStored(const StoredLeaves& leaves) {
  std::vector<Record> records;
  records.reserve(leaves.leaves.size());
  for (const std::string& bytes : leaves.leaves) {
    if (absl::StatusOr<Record> record = Decode(bytes); record.ok()) records.push_back(*std::move(record));
  }
  if (records.empty()) {
    return absl::DataLossError(base::StrCat("audit record ", leaves.row, " has no leaf that can be read"));
  }
  return Merge(std::move(records));
}

}  // namespace portcullis::audit
