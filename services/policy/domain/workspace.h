// Memory that a worker reuses from check to check.
#pragma once

#include <vector>

#include "libs/text/folded_text.h"
#include "services/policy/domain/injection/conversation.h"
#include "services/policy/domain/scan/matcher.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

struct Workspace {
  PrefilterScratch scratch;
  PrefilterResult found;
  text::FoldedText folded;
  text::FoldedText injection_folded;
  Conversation conversation;
  std::vector<Hit> hits;
  uint64_t steps = 0;         // bytes that matchers looked at since the start; for tests of linear time
  bool use_prefilter = true;  // off: every position is tried; for tests and as a fallback
};

}  // namespace portcullis::policy
