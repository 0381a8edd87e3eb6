#include "services/policy/domain/moderation/moderation_policy.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/policy/domain/moderation/categories.h"

namespace portcullis::policy {
namespace {

absl::Status Wrong(std::string_view key, std::string_view what) {
  return absl::InvalidArgumentError(base::StrCat(kExternalModeration, ": ", key, ": ", what));
}

// Fills in what the provider is known for.
ModerationService Complete(ModerationService service) {
  const auto take = [](std::string_view usual, std::string* given) {
    if (given->empty()) *given = usual;
  };
  if (service.provider == ModerationProvider::kMistral) {
    take("https://api.mistral.ai/v1/moderations", &service.endpoint);
    take("mistral-moderation-latest", &service.model);
  } else if (service.provider == ModerationProvider::kOpenAi) {
    take("https://api.openai.com/v1/moderations", &service.endpoint);
    take("omni-moderation-latest", &service.model);
  }
  return service;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ModerationPolicy>> ModerationPolicy::Create(
    const ExternalModerationOptions& options, FailMode fail_mode) {
  std::shared_ptr<ModerationPolicy> policy(new ModerationPolicy(options));
  ASSIGN_OR_RETURN(policy->gate_, Gate::Create(kExternalModeration, options.control, fail_mode));
  policy->service_ = std::make_shared<const ModerationService>(Complete(options.service));
  const ModerationService& service = *policy->service_;
  if (service.endpoint.empty()) return Wrong("endpoint", "is needed: the provider has none of its own");
  if (service.provider == ModerationProvider::kGuardModel && service.model.empty())
    return Wrong("model", "is needed with provider: guard-model");
  if (options.control.stream == StreamMode::kExact)
    return Wrong("stream",
                 "exact is not possible: a service judges whole texts; write buffer, sentence or observe");
  if (options.action == OnDetect::kRedact)
    return Wrong("action", "redact is not possible: write block, escalate or log");
  RETURN_IF_ERROR(policy->CheckCategories());
  return policy;
}

// Own names are known where the service's are: with mistral and openai a name that is in no list is a
// mistake.
absl::Status ModerationPolicy::CheckCategories() const {
  const ModerationProvider provider = service_->provider;
  if (provider != ModerationProvider::kMistral && provider != ModerationProvider::kOpenAi)
    return absl::OkStatus();
  const std::vector<std::string> known = ModerationCategories();
  const auto check = [&](std::string_view key, const std::string& name) {
    const bool mapped = std::any_of(options_.category_map.begin(), options_.category_map.end(),
                                    [&](const auto& row) { return row.second == name; });
    if (mapped || std::binary_search(known.begin(), known.end(), name)) return absl::OkStatus();
    std::string list;
    for (const std::string& one : known) list += base::StrCat(list.empty() ? "" : ", ", one);
    return Wrong(key, base::StrCat("\"", name, "\" is no category; there are: ", list));
  };
  for (const std::string& name : options_.categories) RETURN_IF_ERROR(check("categories", name));
  for (const ModerationThreshold& one : options_.thresholds)
    RETURN_IF_ERROR(check("thresholds", one.category));
  return absl::OkStatus();
}

bool ModerationPolicy::Runs(const Circumstances& now, Direction direction) const {
  return Applies(options_.apply_to, direction) && gate_->Runs(now, direction);
}

std::vector<ModerationPolicy::Flag> ModerationPolicy::Judge(const TextScores& scores) const {
  std::map<std::string, double> flagged;
  for (const CategoryScore& one : scores) {
    const auto own = options_.category_map.find(one.category);
    std::string name =
        own != options_.category_map.end() ? own->second : CategoryOf(service_->provider, one.category);
    if (!categories_.empty() && categories_.count(name) == 0) continue;
    const auto threshold = thresholds_.find(name);
    if (one.score < (threshold != thresholds_.end() ? threshold->second : options_.threshold)) continue;
    double& greatest = flagged[std::move(name)];
    greatest = std::max(greatest, std::min(one.score, 1.0));
  }
  std::vector<Flag> flags;
  for (auto& [category, score] : flagged) flags.push_back({category, score});
  return flags;
}

}  // namespace portcullis::policy
