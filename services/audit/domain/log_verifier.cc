#include "services/audit/domain/log_verifier.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit {
namespace {

template <typename... Pieces>
absl::Status Wrong(const Pieces&... pieces) {
  return absl::InvalidArgumentError(base::StrCat(pieces...));
}

}  // namespace

LogVerifier::LogVerifier(std::string log_id, std::vector<crypto::VerifyingKey> keys)
    : log_id_(std::move(log_id)), keys_(std::move(keys)) {}

absl::Status LogVerifier::Entry(const LogEntry& entry) {
  if (entry.index != tree_.size()) {
    return Wrong("leaf ", tree_.size(), " is missing: leaf ", entry.index, " stands in its place");
  }
  if (!entry.bytes) {
    ++summary_.removed;
  } else if (HashOfLeaf(hasher_, entry.id, *entry.bytes) != entry.hash) {
    return Wrong("leaf ", entry.index, " (", entry.id.spool, "-", entry.id.sequence,
                 ") was altered: it does not have its hash ", crypto::Hex(entry.hash));
  }
  tree_.Append(entry.hash);
  ++summary_.leaves;
  return absl::OkStatus();
}

absl::Status LogVerifier::Head(const LogHead& head) {
  const uint64_t before = summary_.last_head ? summary_.last_head->size : 0;
  if (head.log_id != log_id_) return Wrong("a head is of another log, ", head.log_id);
  if (head.size != tree_.size()) {
    return Wrong("a head says ", head.size, " leaves and stands after ", tree_.size());
  }
  if (tree_.Root() != head.root) {
    return Wrong("leaves ", before, " to ", head.size, " are not those that were signed: their root is ",
                 crypto::Hex(tree_.Root()), ", the head says ", crypto::Hex(head.root));
  }
  absl::Status status = Wrong("the head of ", head.size, " leaves is signed by key ", head.key_id,
                              ", which is none of those given");
  for (const crypto::VerifyingKey& key : keys_) {
    if (key.id() == head.key_id) status = VerifyHead(head, key);
  }
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(CheckExpected(head));
  ++summary_.heads;
  summary_.last_head = head;
  return absl::OkStatus();
}

absl::Status LogVerifier::CheckExpected(const LogHead& head) const {
  if (!expected_ || expected_->size != head.size || expected_->root == head.root) return absl::OkStatus();
  return Wrong("the first ", head.size, " leaves are not those of the head that was given: its root is ",
               crypto::Hex(expected_->root), ", the log's is ", crypto::Hex(head.root));
}

absl::Status LogVerifier::Finish() const {
  if (!summary_.last_head) return Wrong("the log has no signed head");
  if (summary_.last_head->size != tree_.size()) {
    return Wrong("leaves ", summary_.last_head->size, " to ", tree_.size(), " are signed by no head");
  }
  if (expected_ && expected_->log_id != log_id_) return Wrong("the head that was given is of another log");
  if (expected_ && expected_->size > tree_.size()) {
    return Wrong("the log was cut off: it has ", tree_.size(), " leaves, the head that was given says ",
                 expected_->size);
  }
  return absl::OkStatus();
}

}  // namespace portcullis::audit
