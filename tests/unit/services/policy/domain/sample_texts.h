// Texts that try the guard and the prefilter: every identifier at the start, in the middle and at the end,
// near misses, other scripts, disguises, JSON, phrases, long runs.
#pragma once

#include <string>
#include <vector>

#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

struct SampleText {
  std::string text;
  SegmentKind kind = SegmentKind::kText;
};

std::vector<SampleText> SampleTexts();

}  // namespace portcullis::policy
