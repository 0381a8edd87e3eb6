#include "services/policy/domain/bundle.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/policy/domain/bundle_hash.h"
#include "services/policy/domain/dlp/dlp_policy.h"
#include "services/policy/domain/injection/leak_policy.h"
#include "services/policy/domain/pii/names_policy.h"
#include "services/policy/domain/pii/pii_policy.h"
#include "services/policy/domain/safety/safety_policy.h"
#include "services/policy/domain/secrets/secrets_policy.h"
#include "services/policy/domain/sql/sql_policy.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kAuditLogger = "audit-logger";  // records, examines nothing

template <class Made, class Place>
absl::Status Keep(absl::StatusOr<Made> made, Place* place) {
  if (made.ok()) *place = *std::move(made);
  return made.status();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Bundle>> Bundle::Compile(const ChainOptions& options) {
  std::shared_ptr<Bundle> bundle(new Bundle(options));
  RETURN_IF_ERROR(bundle->BuildFolds());
  for (size_t i = 0; i < options.chain.size(); ++i) {
    const auto begin = options.chain.begin();
    const auto here = begin + static_cast<std::ptrdiff_t>(i);
    if (std::find(begin, here, *here) != here) {
      return absl::InvalidArgumentError(base::StrCat("chain: policy \"", *here, "\" is named twice"));
    }
    RETURN_IF_ERROR(bundle->AddPolicy(*here));
  }
  RETURN_IF_ERROR(bundle->AddGates());
  RETURN_IF_ERROR(bundle->BuildPrefilters());
  bundle->hash_ = HashOfBundle(options);
  return bundle;
}

absl::Status Bundle::BuildFolds() {
  auto fold = text::FoldTable::Build({});
  if (!fold.ok()) return fold.status();
  fold_ = injection_fold_ = *std::move(fold);
  const PromptInjectionOptions& wanted = options_.prompt_injection;
  if (wanted.normalize_unicode && wanted.detect_homoglyphs) return absl::OkStatus();
  auto own = text::FoldTable::Build({wanted.normalize_unicode, wanted.detect_homoglyphs});
  if (!own.ok()) return own.status();
  injection_fold_ = *std::move(own);
  return absl::OkStatus();
}

absl::Status Bundle::AddPolicy(const std::string& kind) {
  if (kind == kAuditLogger) return absl::OkStatus();
  if (kind == kQualityScorer) return Keep(QualityPolicy::Create(options_.quality_scorer, fold_), &quality_);
  if (kind == kCostLimitKind) return Keep(CostLimitPolicy::Create(options_.cost_limit), &cost_limit_);
  if (kind == kExternalModeration) {
    return Keep(ModerationPolicy::Create(options_.external_moderation, options_.fail_mode), &moderation_);
  }
  if (kind == kPromptInjection) return AddInjection();
  if (kind == kPiiDetector) return AddPii();
  if (kind == kSecrets) return AddMatches(SecretsPolicy::Create(options_.secrets));
  if (kind == kSqlInjection) return AddMatches(SqlPolicy::Create(options_.sql_injection));
  if (kind == kDlpFilter) return AddMatches(DlpPolicy::Create(options_.dlp_filter, *fold_));
  if (kind == kSafetyFilter) return AddMatches(SafetyPolicy::Create(options_.safety_filter, *fold_));
  return absl::InvalidArgumentError(base::StrCat("chain: policy \"", kind, "\" is not known"));
}

absl::Status Bundle::AddInjection() {
  RETURN_IF_ERROR(Keep(InjectionPolicy::Create(options_.prompt_injection, injection_fold_), &injection_));
  const ApplyTo apply_to = options_.prompt_injection.apply_to;
  auto& stages = stages_[static_cast<size_t>(Direction::kInput)];
  if (Applies(apply_to, Direction::kInput)) {
    stages.push_back({static_cast<uint8_t>(stages.size()), nullptr, injection_.get()});
  }
  if (!Applies(apply_to, Direction::kOutput)) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto leaks, LeakPolicy::Create(options_.prompt_injection, *fold_));
  for (auto& leak : leaks) RETURN_IF_ERROR(AddMatches(std::move(leak)));
  return absl::OkStatus();
}

absl::Status Bundle::AddPii() {
  RETURN_IF_ERROR(AddMatches(PiiPolicy::Create(options_.pii_detector, *fold_)));
  ASSIGN_OR_RETURN(auto names, NamesPolicy::Create(options_.pii_detector));
  return names == nullptr ? absl::OkStatus() : AddMatches(std::move(names));
}

absl::Status Bundle::AddMatches(absl::StatusOr<std::unique_ptr<const MatchPolicy>> policy) {
  if (!policy.ok()) return policy.status();
  matches_.push_back(*std::move(policy));
  for (const Direction direction : {Direction::kInput, Direction::kOutput}) {
    if (!Applies(matches_.back()->apply_to(), direction)) continue;
    auto& stages = stages_[static_cast<size_t>(direction)];
    stages.push_back({static_cast<uint8_t>(stages.size()), matches_.back().get(), nullptr});
  }
  return absl::OkStatus();
}

absl::Status Bundle::AddGates() {
  for (const PolicyEntry& entry : PolicyEntries(options_)) {
    if (entry.control->plain()) continue;
    auto gate = Gate::Create(entry.kind, *entry.control, options_.fail_mode);
    if (!gate.ok()) return gate.status();
    if (entry.kind == kQualityScorer) quality_gate_ = gate->get();
    for (size_t direction = 0; direction < kDirections; ++direction) {
      for (Stage& stage : stages_[direction]) {
        if (stage.kind() != entry.kind) continue;
        stage.gate = gate->get();
        gated_[direction] = true;
      }
    }
    gates_.push_back(*std::move(gate));
  }
  return absl::OkStatus();
}

absl::Status Bundle::BuildPrefilters() {
  for (size_t direction = 0; direction < kDirections; ++direction) {
    std::vector<Trigger> triggers;
    for (const Stage& stage : stages_[direction]) {
      if (stage.match != nullptr) stage.match->AddTriggers(stage.lane, &triggers);
      if (stage.injection != nullptr) stage.injection->AddTriggers(stage.lane, &triggers);
    }
    auto prefilter = Prefilter::Compile(triggers);
    if (!prefilter.ok()) return prefilter.status();
    prefilters_[direction] = *std::move(prefilter);
  }
  return absl::OkStatus();
}

std::shared_ptr<const Bundle> Bundle::WithCatalog(const Bundle& chain, const CatalogRules& rules) {
  std::shared_ptr<Bundle> whole(new Bundle(chain));
  whole->tenants_.clear();
  for (const auto& [tenant, its_rules] : rules) {
    std::shared_ptr<Bundle> own(new Bundle(chain));
    own->tenants_.clear();
    own->AddTenant(its_rules);
    whole->tenants_.emplace(tenant, std::move(own));
  }
  return whole;
}

void Bundle::AddTenant(std::shared_ptr<const TenantRules> rules) {
  for (size_t direction = 0; direction < kDirections; ++direction) {
    uint8_t lane = kChainLanes;
    for (const TenantRules::Row& row : rules->rows(static_cast<Direction>(direction))) {
      stages_[direction].push_back({lane++, row.match, nullptr, row.gate, row.always});
      gated_[direction] = gated_[direction] || row.gate != nullptr;
    }
  }
  hash_ = HashWithTenant(hash_, rules->digest());
  tenant_rules_ = std::move(rules);
}

}  // namespace portcullis::policy
