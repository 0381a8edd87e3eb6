#include "services/audit/domain/log_verifier.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit {
namespace {

// Ids come from a file that may be anybody's: what is no printable ASCII is shown as '?'.
template <typename... Pieces>
absl::Status Wrong(const Pieces&... pieces) {
  std::string text = base::StrCat(pieces...);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return absl::InvalidArgumentError(text);
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
    if (removed_at_most_ && summary_.removed > *removed_at_most_) {
      return Wrong("leaf ", entry.index, " was removed, and with it more than the ", *removed_at_most_,
                   " that may have been");
    }
  } else if (HashOfLeaf(hasher_, entry.id, *entry.bytes) != entry.hash) {
    return Wrong("leaf ", entry.index, " (", entry.id.spool, "-", entry.id.sequence,
                 ") was altered: it does not have its hash ", crypto::Hex(entry.hash));
  }
  tree_.Append(entry.hash);
  ++summary_.leaves;
  return CheckExpected();
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
  RETURN_IF_ERROR(CheckKey(head));
  ++summary_.heads;
  summary_.last_head = head;
  return absl::OkStatus();
}

void LogVerifier::ExpectHead(LogHead head) {
  expected_.push_back(std::move(head));
  std::stable_sort(expected_.begin(), expected_.end(),
                   [](const LogHead& a, const LogHead& b) { return a.size < b.size; });
}

absl::Status LogVerifier::CheckKey(const LogHead& head) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].id() != head.key_id) continue;
    RETURN_IF_ERROR(VerifyHead(head, keys_[i]));
    if (i < key_) {
      return Wrong("the head of ", head.size, " leaves is signed by key ", head.key_id,
                   ", which was replaced by key ", keys_[key_].id(), " before");
    }
    key_ = i;
    return absl::OkStatus();
  }
  return Wrong("the head of ", head.size, " leaves is signed by key ", head.key_id,
               ", which is none of those given");
}

absl::Status LogVerifier::CheckExpected() {
  for (; expected_seen_ < expected_.size() && expected_[expected_seen_].size <= tree_.size();
       ++expected_seen_) {
    const LogHead& expected = expected_[expected_seen_];
    if (expected.log_id != log_id_) return Wrong("the head that was given is of another log");
    if (expected.size < tree_.size() || tree_.Root() == expected.root) continue;
    return Wrong("the first ", expected.size,
                 " leaves are not those of the head that was given: its root is ", crypto::Hex(expected.root),
                 ", the log's is ", crypto::Hex(tree_.Root()));
  }
  return absl::OkStatus();
}

absl::Status LogVerifier::Finish() const {
  if (!summary_.last_head) return Wrong("the log has no signed head");
  if (summary_.last_head->size != tree_.size()) {
    return Wrong("leaves ", summary_.last_head->size, " to ", tree_.size(), " are signed by no head");
  }
  if (expected_seen_ == expected_.size()) return absl::OkStatus();
  const LogHead& missing = expected_[expected_seen_];
  if (missing.log_id != log_id_) return Wrong("the head that was given is of another log");
  return Wrong("the log was cut off: it has ", tree_.size(), " leaves, the head that was given says ",
               missing.size);
}

}  // namespace portcullis::audit
