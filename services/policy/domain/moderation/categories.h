// The categories of external-moderation: those of safety-filter, and what moderation services know besides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

// All names, sorted.
std::vector<std::string> ModerationCategories();

// The category for what the service calls `theirs` ("selfharm", "illicit/violent", "S9"); their own name
// where there is none, as far as it can stand in a record: letters, digits and "_./-", lower case, 64 bytes.
std::string CategoryOf(ModerationProvider provider, std::string_view theirs);

}  // namespace portcullis::policy
