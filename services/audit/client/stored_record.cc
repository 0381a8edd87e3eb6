#include "services/audit/client/stored_record.h"

#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/domain/merge.h"

namespace portcullis::audit {

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
