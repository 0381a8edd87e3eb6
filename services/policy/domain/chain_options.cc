#include "services/policy/domain/chain_options.h"

#include <algorithm>
#include <set>

namespace portcullis::policy {

// Add a row for a new kind.
std::vector<PolicyEntry> PolicyEntries(const ChainOptions& options) {
  const auto row = [](std::string_view kind, const auto& of) {
    return PolicyEntry{kind, &of.control, of.apply_to};
  };
  return {row("prompt-injection", options.prompt_injection),
          row("pii-detector", options.pii_detector),
          row("secrets", options.secrets),
          row("safety-filter", options.safety_filter),
          row("sql-injection", options.sql_injection),
          row("dlp-filter", options.dlp_filter),
          row("external-moderation", options.external_moderation),
          {kQualityScorerKind, &options.quality_scorer.control, ApplyTo::kOutput}};
}

OnDetect LastActionOf(const QualityScorerOptions& options) {
  switch (options.action) {
    case OnLowQuality::kLog:
      return OnDetect::kAllow;
    case OnLowQuality::kBlock:
      return OnDetect::kBlock;
    case OnLowQuality::kEscalate:
      return OnDetect::kEscalate;
    case OnLowQuality::kRetry:
    case OnLowQuality::kFallback:
      break;
  }
  return options.after_retries;
}

ConditionNeeds NeedsOf(const ChainOptions& options) {
  ConditionNeeds needs;
  std::set<std::string> headers;
  const auto add = [&](const PolicyCondition& when) {
    for (const auto& [name, pattern] : when.headers) headers.insert(name);
    needs.modalities = needs.modalities || !when.modalities.empty();
  };
  const auto runs = [&](std::string_view kind) {
    return std::find(options.chain.begin(), options.chain.end(), kind) != options.chain.end();
  };
  for (const PolicyEntry& entry : PolicyEntries(options)) {
    if (runs(entry.kind)) add(entry.control->when);
  }
  const OnLowQuality low = options.quality_scorer.action;
  needs.asks_again =
      runs(kQualityScorerKind) && (low == OnLowQuality::kRetry || low == OnLowQuality::kFallback);
  if (runs(kCostLimitKind)) {
    for (const CostLimit& limit : options.cost_limit.limits) add(limit.when);
  }
  needs.headers.assign(headers.begin(), headers.end());
  return needs;
}

}  // namespace portcullis::policy
