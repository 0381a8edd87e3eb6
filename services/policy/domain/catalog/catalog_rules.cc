#include "services/policy/domain/catalog/catalog_rules.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/policy/domain/catalog/catalog_conditions.h"
#include "services/policy/domain/catalog/catalog_match.h"
#include "services/policy/domain/catalog/policy_json.h"

namespace portcullis::policy {
namespace {

constexpr OnDetect kAllActions[] = {OnDetect::kBlock, OnDetect::kEscalate, OnDetect::kRedact,
                                    OnDetect::kAllow};
constexpr std::string_view kDynamicActions[] = {"block", "redact", "alert",
                                                "log",   "warn",   "require_approval"};

// Which texts a static policy looks at: attacks come with requests; data and code may stand in answers too.
ApplyTo AppliesTo(const CatalogPolicy& policy) {
  return policy.category.starts_with("security-") ? ApplyTo::kInput : ApplyTo::kBoth;
}

absl::Status CheckAction(std::string_view type, size_t index) {
  if (std::find(std::begin(kDynamicActions), std::end(kDynamicActions), type) != std::end(kDynamicActions)) {
    return absl::OkStatus();
  }
  const std::string place = base::StrCat("actions[", index, "].type: ");
  if (type == "route") {
    return absl::InvalidArgumentError(base::StrCat(
        place,
        "route has no effect here: which providers are asked is said in the configuration of routing"));
  }
  if (type == "modify_risk") {
    return absl::InvalidArgumentError(
        base::StrCat(place, "modify_risk has no effect here: there is no risk score"));
  }
  return absl::InvalidArgumentError(
      base::StrCat(place, "must be block, redact, alert, log, warn or require_approval"));
}

// The strongest of the policy's actions.
absl::StatusOr<OnDetect> ActionOfAll(const std::vector<CatalogAction>& actions) {
  OnDetect strongest = OnDetect::kAllow;
  for (size_t i = 0; i < actions.size(); ++i) {
    RETURN_IF_ERROR(CheckAction(actions[i].type, i));
    const OnDetect action = OnDetectOf(actions[i].type);
    if (ActionOf(action) > ActionOf(strongest)) strongest = action;
  }
  return strongest;
}

// The condition that a stage looks for: the one on the response, else the first on the query that can be
// found.
std::optional<ParsedCondition> TakeSearched(std::vector<ParsedCondition>* conditions) {
  auto found = std::find_if(conditions->begin(), conditions->end(), [](const ParsedCondition& one) {
    return one.field == ConditionField::kResponse;
  });
  if (found == conditions->end()) {
    found = std::find_if(conditions->begin(), conditions->end(), [](const ParsedCondition& one) {
      return one.field == ConditionField::kQuery && one.searchable();
    });
  }
  if (found == conditions->end()) return std::nullopt;
  ParsedCondition searched = std::move(*found);
  conditions->erase(found);
  return searched;
}

}  // namespace

TenantRules::TenantRules() = default;
TenantRules::~TenantRules() = default;

absl::StatusOr<std::shared_ptr<const TenantRules>> TenantRules::Compile(
    const std::vector<CatalogPolicy>& policies, const text::FoldTable& fold) {
  std::vector<const CatalogPolicy*> enabled;
  for (const CatalogPolicy& policy : policies) {
    if (policy.enabled) enabled.push_back(&policy);
  }
  std::sort(enabled.begin(), enabled.end(), [](const CatalogPolicy* a, const CatalogPolicy* b) {
    return std::tie(a->priority, a->created_us, a->id) < std::tie(b->priority, b->created_us, b->id);
  });
  std::shared_ptr<TenantRules> rules(new TenantRules());
  RETURN_IF_ERROR(rules->AddStatic(enabled, fold));
  crypto::Sha256 digest;
  for (const CatalogPolicy* policy : enabled) {
    digest.Update(PolicyToJson(*policy));
    if (policy->kind == CatalogKind::kDynamic) RETURN_IF_ERROR(rules->AddDynamic(*policy, fold));
  }
  rules->digest_ = crypto::Hex(digest.Finish());
  RETURN_IF_ERROR(rules->BuildPrefilters());
  return rules;
}

absl::Status TenantRules::AddStatic(const std::vector<const CatalogPolicy*>& policies,
                                    const text::FoldTable& fold) {
  for (const OnDetect action : kAllActions) {
    for (const ApplyTo apply_to : {ApplyTo::kBoth, ApplyTo::kInput}) {
      std::vector<CatalogMatch::Rule> rules;
      std::vector<DlpPattern> patterns;
      for (const CatalogPolicy* policy : policies) {
        if (policy->kind != CatalogKind::kStatic || OnDetectOf(policy->action) != action ||
            AppliesTo(*policy) != apply_to) {
          continue;
        }
        ASSIGN_OR_RETURN(DlpPattern pattern, CheapPattern(policy->pattern, "pattern", fold));
        patterns.push_back(std::move(pattern));
        rules.push_back({policy->id, base::StrCat("what the policy \"", policy->name, "\" looks for")});
      }
      if (patterns.empty()) continue;
      RETURN_IF_ERROR(CountPositions(patterns));
      AddRow(std::make_unique<CatalogMatch>(CatalogKind::kStatic, action, apply_to, std::move(rules),
                                            std::move(patterns)),
             nullptr, false);
    }
  }
  return absl::OkStatus();
}

absl::Status TenantRules::AddDynamic(const CatalogPolicy& policy, const text::FoldTable& fold) {
  if (++dynamic_ > kMaxDynamicRules) {
    return absl::ResourceExhaustedError(
        base::StrCat("a tenant may have at most ", kMaxDynamicRules, " dynamic policies that are enabled"));
  }
  ASSIGN_OR_RETURN(const OnDetect action, ActionOfAll(policy.actions));
  ASSIGN_OR_RETURN(std::vector<ParsedCondition> conditions, ParseConditions(policy.conditions));
  const std::optional<ParsedCondition> searched = TakeSearched(&conditions);
  if (!searched && action == OnDetect::kRedact) {
    return absl::InvalidArgumentError(
        "actions: redact needs a condition that says what: contains, contains_any or regex on query or "
        "response");
  }
  const bool answers = searched && searched->field == ConditionField::kResponse;
  std::vector<DlpPattern> patterns;
  if (searched) {
    ASSIGN_OR_RETURN(patterns, PatternsOf(*searched, fold));
    RETURN_IF_ERROR(CountPositions(patterns));
  }
  const std::string reason = base::StrCat("what the policy \"", policy.name, "\" is for");
  std::vector<CatalogMatch::Rule> rules(std::max<size_t>(1, patterns.size()), {policy.id, reason});
  std::unique_ptr<const Gate> gate;
  for (const ParsedCondition& condition : conditions) {
    if (condition.test != ConditionTest::kPattern) continue;
    ASSIGN_OR_RETURN(const std::vector<DlpPattern> own, PatternsOf(condition, fold));
    RETURN_IF_ERROR(CountPositions(own));
  }
  if (!conditions.empty()) {
    ASSIGN_OR_RETURN(auto test, RequestConditions::Create(std::move(conditions), fold));
    reads_query_[static_cast<size_t>(answers ? Direction::kOutput : Direction::kInput)] |=
        test->reads_query();
    ASSIGN_OR_RETURN(gate, Gate::Create(kDynamicPolicy, {}, FailMode::kBlock, std::move(test)));
  }
  AddRow(std::make_unique<CatalogMatch>(CatalogKind::kDynamic, action,
                                        answers ? ApplyTo::kOutput : ApplyTo::kInput, std::move(rules),
                                        std::move(patterns)),
         std::move(gate), !searched);
  return absl::OkStatus();
}

absl::Status TenantRules::CountPositions(const std::vector<DlpPattern>& patterns) {
  for (const DlpPattern& pattern : patterns) positions_ += pattern.positions();
  if (positions_ <= kMaxRulePositions) return absl::OkStatus();
  return absl::ResourceExhaustedError(base::StrCat("the patterns of a tenant's policies may have ",
                                                   kMaxRulePositions,
                                                   " characters in all, with their repeats written out"));
}

void TenantRules::AddRow(std::unique_ptr<const CatalogMatch> match, std::unique_ptr<const Gate> gate,
                         bool always) {
  for (const Direction direction : {Direction::kInput, Direction::kOutput}) {
    if (Applies(match->apply_to(), direction)) {
      rows_[static_cast<size_t>(direction)].push_back({match.get(), gate.get(), always});
    }
  }
  matches_.push_back(std::move(match));
  if (gate != nullptr) gates_.push_back(std::move(gate));
}

absl::Status TenantRules::BuildPrefilters() {
  for (size_t direction = 0; direction < kDirections; ++direction) {
    std::vector<Trigger> triggers;
    uint8_t lane = kChainLanes;
    for (const Row& row : rows_[direction]) row.match->AddTriggers(lane++, &triggers);
    auto prefilter = Prefilter::Compile(triggers);
    if (!prefilter.ok()) {
      return absl::InvalidArgumentError(base::StrCat("pattern: ", base::Message(prefilter.status())));
    }
    prefilters_[direction] = *std::move(prefilter);
  }
  return absl::OkStatus();
}

}  // namespace portcullis::policy
