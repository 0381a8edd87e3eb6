// Answers of moderation services: any bytes give an error or one list of scores for each text, each with a
// name and a number that is not negative.
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "services/policy/adapters/moderation/moderation_messages.h"
#include "services/policy/domain/moderation/categories.h"

namespace {

using portcullis::policy::ModerationProvider;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto provider =
      static_cast<ModerationProvider>(data[0] % portcullis::policy::kModerationProviderNames.size());
  const size_t count = data[1] % 4;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto scores = portcullis::policy::ParseModeration(provider, body, count);
  if (!scores.ok()) return 0;
  const bool one_text =
      provider == ModerationProvider::kPresidio || provider == ModerationProvider::kGuardModel;
  if (scores->size() != (one_text ? 1 : count)) std::abort();
  for (const portcullis::policy::TextScores& text : *scores) {
    for (const portcullis::policy::CategoryScore& one : text) {
      if (!std::isfinite(one.score) || one.score < 0) std::abort();
      const std::string name = portcullis::policy::CategoryOf(provider, one.category);
      if (name.empty() || name.size() > 64) std::abort();
    }
  }
  return 0;
}
