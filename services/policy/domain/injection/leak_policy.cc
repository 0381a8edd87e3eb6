#include "services/policy/domain/injection/leak_policy.h"

#include "libs/base/strings.h"

namespace portcullis::policy {

absl::StatusOr<std::vector<std::unique_ptr<const LeakPolicy>>> LeakPolicy::Create(
    const PromptInjectionOptions& options, const text::FoldTable& fold) {
  std::vector<std::unique_ptr<const LeakPolicy>> policies;
  std::vector<std::string> canaries;
  for (const std::string& canary : options.canaries) {
    canaries.push_back(text::FoldWhole(canary, fold));
    if (canaries.back().size() < kMinCanary || canaries.back().size() > kMaxCanary) {
      return absl::InvalidArgumentError(base::StrCat("prompt-injection: output.canaries: a canary has ",
                                                     kMinCanary, " to ", kMaxCanary, " bytes"));
    }
  }
  if (options.links) {
    policies.emplace_back(
        new LeakPolicy(ActionOf(options.link_action), LeakMatcher(true, options.allowed_hosts, {})));
  }
  if (!canaries.empty()) {
    policies.emplace_back(
        new LeakPolicy(ActionOf(options.canary_action), LeakMatcher(false, {}, std::move(canaries))));
  }
  return policies;
}

std::string_view LeakPolicy::RuleName(uint16_t rule) const {
  static constexpr std::string_view kNames[] = {"exfiltration.image", "exfiltration.link", "canary"};
  return kNames[rule];
}

std::string_view LeakPolicy::RuleReason(uint16_t rule) const {
  static constexpr std::string_view kReasons[] = {"an image whose address carries data to another host",
                                                  "a link whose address carries data to another host",
                                                  "a canary token of the system prompt"};
  return kReasons[rule];
}

}  // namespace portcullis::policy
