// Patterns of dlp-filter, any bytes up to the first line feed, on the text after it: what a part of the text
// decides stays so when more of it comes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/policy/domain/dlp/dlp_pattern.h"

namespace portcullis::policy {
namespace {

bool Same(const MatchResult& a, const MatchResult& b) {
  return a.outcome == b.outcome && a.length == b.length;
}

void Check(const DlpPattern& pattern, std::string_view text) {
  for (size_t position = 0; position < text.size(); ++position) {
    const MatchResult whole = pattern.At({text, true, nullptr}, position);
    if (whole.open()) std::abort();
    if (whole.matched() && (whole.length < kMinDlpLength || whole.length > pattern.max_length() ||
                            position + whole.length > text.size())) {
      std::abort();
    }
    for (size_t end = position + 1; end <= text.size(); ++end) {
      const MatchResult part = pattern.At({text.substr(0, end), false, nullptr}, position);
      if (!part.open() && !Same(part, whole)) std::abort();
    }
  }
}

}  // namespace
}  // namespace portcullis::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 160) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view written = input.substr(0, input.find('\n'));
  const auto pattern = portcullis::policy::DlpPattern::Parse(written);
  const bool refused = !portcullis::policy::DlpPatternProblem(written).empty();
  if (refused == pattern.ok()) std::abort();
  if (pattern.ok() && written.size() < input.size()) {
    portcullis::policy::Check(*pattern, input.substr(written.size() + 1));
  }
  return 0;
}
