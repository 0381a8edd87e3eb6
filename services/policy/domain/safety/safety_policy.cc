#include "services/policy/domain/safety/safety_policy.h"

#include "libs/base/strings.h"
#include "libs/text/folded_text.h"
#include "libs/text/folder.h"
#include "services/policy/domain/safety/safety_rules.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kOperatorRule = "block_if";
// What is said of people counts when it is meant, not when it is quoted or denied.
constexpr std::string_view kHate = "hate.";

using Rules = std::vector<PhraseSet::Phrase>;

absl::Status AddBuiltIn(std::span<const SafetyRule> built_in, Rules* rules, std::vector<std::string>* names) {
  for (const SafetyRule& rule : built_in) {
    auto tokens = ParsePhrase(rule.pattern, SafetyWordSets());
    if (!tokens.ok()) return tokens.status();
    rules->push_back({*std::move(tokens), rule.name.substr(0, kHate.size()) == kHate});
    names->emplace_back(rule.name);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<const SafetyPolicy>> SafetyPolicy::Create(const SafetyFilterOptions& options,
                                                                         const text::FoldTable& fold) {
  if (options.mode != "strict") {
    return absl::InvalidArgumentError(
        base::StrCat("safety-filter: mode \"", options.mode, "\" is not known; use \"strict\""));
  }
  std::unique_ptr<SafetyPolicy> policy(new SafetyPolicy());
  policy->apply_to_ = options.apply_to;
  policy->action_ = ActionOf(options.action);
  Rules rules;
  for (const auto& built_in : {EnglishSafetyRules(), GermanSafetyRules(), RomanceSafetyRules()}) {
    if (absl::Status status = AddBuiltIn(built_in, &rules, &policy->names_); !status.ok()) return status;
  }
  for (size_t i = 0; i < options.block_if.size(); ++i) {
    auto tokens = LiteralPhrase(text::FoldWhole(options.block_if[i], fold));
    if (!tokens.ok()) {
      return absl::InvalidArgumentError(
          base::StrCat("safety-filter: block_if[", i, "]: ", base::Message(tokens.status())));
    }
    rules.push_back({*std::move(tokens)});
    policy->names_.emplace_back(kOperatorRule);
  }
  policy->phrases_ = std::make_unique<const PhraseSet>(rules);
  return policy;
}

std::string_view SafetyPolicy::RuleReason(uint16_t rule) const {
  if (names_[rule] == kOperatorRule) return "a phrase that this gateway does not allow";
  return SafetyReason(std::string_view(names_[rule]).substr(0, names_[rule].find('.')));
}

}  // namespace portcullis::policy
