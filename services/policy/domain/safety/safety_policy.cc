#include "services/policy/domain/safety/safety_policy.h"

#include <algorithm>
#include <span>

#include "libs/base/strings.h"
#include "libs/text/folded_text.h"
#include "libs/text/folder.h"
#include "services/policy/domain/safety/safety_rules.h"
#include "services/policy/domain/safety/taxonomy.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kOperatorRule = "block_if";
// What is said of people counts when it is meant, not when it is quoted or denied.
constexpr std::string_view kHate = "hate.";

using Rules = std::vector<PhraseSet::Phrase>;

struct SafetyMode {
  std::string_view name;
  std::span<const SafetyRule> rules;  // besides the general ones
};

std::span<const SafetyMode> SafetyModes() {
  static const SafetyMode kModes[] = {{"strict", {}},
                                      {"critical_infrastructure", InfrastructureRules()},
                                      {"automotive", AutomotiveRules()},
                                      {"education", EducationRules()},
                                      {"law_enforcement", LawEnforcementRules()}};
  return kModes;
}

bool IsOff(std::string_view rule, const std::map<std::string, bool>& categories) {
  const auto found = categories.find(std::string(rule.substr(0, rule.find('.'))));
  return found != categories.end() && !found->second;
}

absl::Status AddBuiltIn(std::span<const SafetyRule> built_in, const std::map<std::string, bool>& categories,
                        Rules* rules, std::vector<std::string>* names) {
  for (const SafetyRule& rule : built_in) {
    if (IsOff(rule.name, categories)) continue;
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
  const std::span<const SafetyMode> modes = SafetyModes();
  const auto mode = std::find_if(modes.begin(), modes.end(),
                                 [&](const SafetyMode& one) { return one.name == options.mode; });
  if (mode == modes.end()) {
    return absl::InvalidArgumentError(
        base::StrCat("safety-filter: mode \"", options.mode, "\" is not known; use \"strict\""));
  }
  for (const auto& [name, on] : options.categories) {
    if (SafetyCategoryOf(name) != nullptr && name.find('.') == name.npos) continue;
    return absl::InvalidArgumentError(base::StrCat("safety-filter: categories: \"", name, "\" is not known"));
  }
  std::unique_ptr<SafetyPolicy> policy(new SafetyPolicy());
  policy->apply_to_ = options.apply_to;
  policy->action_ = ActionOf(options.action);
  policy->fuzzy_ = options.fuzzy_matching;
  Rules rules;
  for (const auto& built_in :
       {EnglishSafetyRules(), GermanSafetyRules(), RomanceSafetyRules(), mode->rules}) {
    absl::Status status = AddBuiltIn(built_in, options.categories, &rules, &policy->names_);
    if (!status.ok()) return status;
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
  policy->phrases_ =
      std::make_unique<const PhraseSet>(rules, options.fuzzy_matching ? options.max_distance : 0);
  return policy;
}

std::string_view SafetyPolicy::RuleReason(uint16_t rule) const {
  if (names_[rule] == kOperatorRule) return "a phrase that this gateway does not allow";
  return SafetyCategoryOf(names_[rule])->reason;
}

std::string SafetyPolicy::RuleDetail(uint16_t rule) const {
  const SafetyCategory* category = SafetyCategoryOf(names_[rule]);
  if (category == nullptr || category->mistral.empty()) return {};
  return base::StrCat("Mistral: ", category->mistral, ", OpenAI: ", category->openai,
                      ", MLCommons: ", category->mlcommons);
}

}  // namespace portcullis::policy
