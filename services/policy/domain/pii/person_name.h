// Names of persons: by titles ("Frau Schulz"), by what is said before them ("my name is", "Nombre:",
// "Sincerely,"), and by a list of given names and surnames.
//
// Rules, not a model: what they find and miss stands in docs/policies/pii-detector.md. Latin letters alone.
#pragma once

#include "services/policy/domain/pii/name_list.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxPersonName = 96;

MatchResult MatchPersonName(const Window& window, size_t position, const NameTable& names);

}  // namespace portcullis::policy
