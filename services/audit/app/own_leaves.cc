#include "services/audit/app/own_leaves.h"

#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/crypto/sha256.h"
#include "services/audit/client/record_codec.h"

namespace portcullis::audit {
namespace {

constexpr size_t kIdBytes = 8;

}  // namespace

OwnLeaves::OwnLeaves(AuditApi& log) : log_(log), spool_(crypto::RandomHex(kIdBytes)) {}

absl::StatusOr<LeafId> OwnLeaves::Append(const Record& record) {
  std::lock_guard lock(mutex_);
  LeafId id{spool_, ++sequence_};
  std::vector<Leaf> leaves(1);
  leaves[0].id = id;
  Encode(record, &leaves[0].bytes);
  absl::Status stored = absl::UnknownError("no answer of the store");
  log_.Append(std::move(leaves), [&stored](absl::Status status) { stored = std::move(status); });
  RETURN_IF_ERROR(stored);
  return id;
}

}  // namespace portcullis::audit
