#include "services/audit/domain/log_head.h"

#include "libs/base/strings.h"

namespace portcullis::audit {

std::string HeadText(const LogHead& head) {
  return base::StrCat("portcullis-audit-head-v1\n", head.log_id, "\n", head.size, "\n",
                      crypto::Hex(head.root), "\n", head.time_us, "\n");
}

void SignHead(const crypto::SigningKey& key, LogHead* head) {
  head->key_id = key.verifying_key().id();
  head->signature = key.Sign(HeadText(*head));
}

absl::Status VerifyHead(const LogHead& head, const crypto::VerifyingKey& key) {
  if (head.key_id != key.id()) {
    return absl::InvalidArgumentError(base::StrCat("the head of ", head.size, " leaves is signed by key ",
                                                   head.key_id, ", not ", key.id()));
  }
  if (!key.Verify(HeadText(head), head.signature)) {
    return absl::InvalidArgumentError(
        base::StrCat("the head of ", head.size, " leaves has a false signature"));
  }
  return absl::OkStatus();
}

}  // namespace portcullis::audit
