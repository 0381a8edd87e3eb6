// What `policy.audit-logger.content` means to who writes content, and to who reads it.
#pragma once

#include "absl/status/statusor.h"
#include "services/audit/app/content_settings.h"
#include "services/audit/client/content_keys.h"

namespace portcullis::audit {

// The master keys that are set.
ContentKeys ContentKeysOf(const ContentSettings& settings);

// FAILED_PRECONDITION: content is to be sealed, and the key for it is not set.
absl::StatusOr<ContentOptions> ContentOptionsOf(const ContentSettings& settings);

}  // namespace portcullis::audit
