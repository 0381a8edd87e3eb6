// `policy.external-moderation`.
#pragma once

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "libs/config/schema.h"
#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

config::Schema<ExternalModerationOptions> ModerationSchema();

// Takes the key from the environment. A key that is named, or usual for the provider, and not there is a
// warning if the chain names the policy.
void ResolveModeration(const config::Document& document, const config::Environment& environment,
                       ChainOptions& options, config::Issues& issues);

}  // namespace portcullis::policy
