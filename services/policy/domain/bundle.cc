#include "services/policy/domain/bundle.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/policy/domain/bundle_hash.h"
#include "services/policy/domain/dlp/dlp_policy.h"
#include "services/policy/domain/injection/leak_policy.h"
#include "services/policy/domain/pii/pii_policy.h"
#include "services/policy/domain/safety/safety_policy.h"
#include "services/policy/domain/secrets/secrets_policy.h"
#include "services/policy/domain/sql/sql_policy.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kAuditLogger = "audit-logger";  // records, examines nothing

}  // namespace

absl::StatusOr<std::shared_ptr<const Bundle>> Bundle::Compile(const ChainOptions& options) {
  std::shared_ptr<Bundle> bundle(new Bundle(options));
  if (absl::Status status = bundle->BuildFolds(); !status.ok()) return status;
  for (size_t i = 0; i < options.chain.size(); ++i) {
    const auto begin = options.chain.begin();
    const auto here = begin + static_cast<std::ptrdiff_t>(i);
    if (std::find(begin, here, *here) != here) {
      return absl::InvalidArgumentError(base::StrCat("chain: policy \"", *here, "\" is named twice"));
    }
    if (absl::Status status = bundle->AddPolicy(*here); !status.ok()) return status;
  }
  if (absl::Status status = bundle->AddGates(); !status.ok()) return status;
  if (absl::Status status = bundle->BuildPrefilters(); !status.ok()) return status;
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
  if (kind == kQualityScorer) {
    auto policy = QualityPolicy::Create(options_.quality_scorer, fold_);
    if (!policy.ok()) return policy.status();
    quality_ = *std::move(policy);
    return absl::OkStatus();
  }
  if (kind == kCostLimitKind) {
    auto policy = CostLimitPolicy::Create(options_.cost_limit);
    if (!policy.ok()) return policy.status();
    cost_limit_ = *std::move(policy);
    return absl::OkStatus();
  }
  if (kind == kExternalModeration) {
    auto policy = ModerationPolicy::Create(options_.external_moderation, options_.fail_mode);
    if (!policy.ok()) return policy.status();
    moderation_ = *std::move(policy);
    return absl::OkStatus();
  }
  if (kind == kPromptInjection) {
    auto policy = InjectionPolicy::Create(options_.prompt_injection, injection_fold_);
    if (!policy.ok()) return policy.status();
    injection_ = *std::move(policy);
    const ApplyTo apply_to = options_.prompt_injection.apply_to;
    auto& stages = stages_[static_cast<size_t>(Direction::kInput)];
    if (Applies(apply_to, Direction::kInput))
      stages.push_back({static_cast<uint8_t>(stages.size()), nullptr, injection_.get()});
    if (!Applies(apply_to, Direction::kOutput)) return absl::OkStatus();
    auto leaks = LeakPolicy::Create(options_.prompt_injection, *fold_);
    if (!leaks.ok()) return leaks.status();
    for (auto& leak : *leaks) {
      matches_.push_back(std::move(leak));
      AddStages();
    }
    return absl::OkStatus();
  }
  if (kind == kPiiDetector) {
    auto policy = PiiPolicy::Create(options_.pii_detector, *fold_);
    if (!policy.ok()) return policy.status();
    matches_.push_back(*std::move(policy));
  } else if (kind == kSecrets) {
    auto policy = SecretsPolicy::Create(options_.secrets);
    if (!policy.ok()) return policy.status();
    matches_.push_back(*std::move(policy));
  } else if (kind == kSqlInjection) {
    auto policy = SqlPolicy::Create(options_.sql_injection);
    if (!policy.ok()) return policy.status();
    matches_.push_back(*std::move(policy));
  } else if (kind == kDlpFilter) {
    auto policy = DlpPolicy::Create(options_.dlp_filter, *fold_);
    if (!policy.ok()) return policy.status();
    matches_.push_back(*std::move(policy));
  } else if (kind == kSafetyFilter) {
    auto policy = SafetyPolicy::Create(options_.safety_filter, *fold_);
    if (!policy.ok()) return policy.status();
    matches_.push_back(*std::move(policy));
  } else {
    return absl::InvalidArgumentError(base::StrCat("chain: policy \"", kind, "\" is not known"));
  }
  AddStages();
  return absl::OkStatus();
}

// The stages of the policy that was added last.
void Bundle::AddStages() {
  for (const Direction direction : {Direction::kInput, Direction::kOutput}) {
    if (!Applies(matches_.back()->apply_to(), direction)) continue;
    auto& stages = stages_[static_cast<size_t>(direction)];
    stages.push_back({static_cast<uint8_t>(stages.size()), matches_.back().get(), nullptr});
  }
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

}  // namespace portcullis::policy
