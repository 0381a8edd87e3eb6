#include "services/policy/domain/catalog/catalog_policy.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"

namespace portcullis::policy {
namespace {

constexpr size_t kMaxNameBytes = 200, kMaxDescriptionBytes = 2'000, kMaxPatternBytes = 1'000, kMaxTags = 20,
                 kMaxTagBytes = 100, kMaxValueBytes = 8 << 10, kMaxConfigBytes = 4 << 10, kMaxActions = 10;
constexpr int32_t kMaxPriority = 1'000'000;
constexpr size_t kHashShown = 12;

constexpr std::string_view kStaticCategories[] = {
    "security-sqli", "security-admin", "pii-global",  "pii-us",          "pii-eu",
    "pii-india",     "code-secrets",   "code-unsafe", "code-compliance", "sensitive-data"};
constexpr std::string_view kDynamicCategories[] = {"dynamic-risk", "dynamic-compliance", "dynamic-security",
                                                   "dynamic-cost", "dynamic-access"};
constexpr std::string_view kSeverities[] = {"critical", "high", "medium", "low"};
constexpr std::string_view kActions[] = {"block", "redact", "warn", "log", "allow", "require_approval"};
constexpr std::string_view kTypes[] = {"content", "user", "risk", "cost"};

absl::Status Wrong(std::string_view field, std::string_view what) {
  return absl::InvalidArgumentError(base::StrCat(field, ": ", what));
}

absl::Status CheckWord(std::string_view field, std::string_view word,
                       std::span<const std::string_view> known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return absl::OkStatus();
  std::string all;
  for (const std::string_view one : known) all += base::StrCat(all.empty() ? "" : ", ", one);
  return Wrong(field, base::StrCat("must be one of ", all));
}

absl::Status CheckLine(std::string_view field, std::string_view text, size_t max) {
  if (text.size() > max) return Wrong(field, base::StrCat("has more than ", max, " bytes"));
  const bool control = std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
  return control ? Wrong(field, "holds control characters") : absl::OkStatus();
}

absl::Status CheckTier(std::string_view tier) {
  if (tier == kTenantTier) return absl::OkStatus();
  if (tier == kSystemTier) {
    return absl::PermissionDeniedError(
        "policies of the tier system come from the configuration, not from this API");
  }
  if (tier == "organization") {
    return absl::PermissionDeniedError("there are no policies of the tier organization here; use tenant");
  }
  return Wrong("tier", "must be tenant");
}

absl::Status CheckStatic(const CatalogPolicy& policy) {
  if (policy.pattern.empty()) return Wrong("pattern", "is required");
  if (policy.pattern.size() > kMaxPatternBytes) {
    return Wrong("pattern", base::StrCat("has more than ", kMaxPatternBytes, " bytes"));
  }
  if (policy.action.empty()) return Wrong("action", "is required");
  RETURN_IF_ERROR(CheckWord("category", policy.category, kStaticCategories));
  RETURN_IF_ERROR(CheckWord("severity", policy.severity, kSeverities));
  RETURN_IF_ERROR(CheckWord("action", policy.action, kActions));
  if (policy.tags.size() > kMaxTags) return Wrong("tags", base::StrCat("are more than ", kMaxTags));
  for (const std::string& tag : policy.tags) RETURN_IF_ERROR(CheckLine("tags", tag, kMaxTagBytes));
  return absl::OkStatus();
}

absl::Status CheckDynamic(const CatalogPolicy& policy) {
  RETURN_IF_ERROR(CheckWord("type", policy.type, kTypes));
  RETURN_IF_ERROR(CheckWord("category", policy.category, kDynamicCategories));
  if (policy.conditions.empty()) return Wrong("conditions", "at least one is required");
  if (policy.conditions.size() > kMaxCatalogConditions) {
    return Wrong("conditions", base::StrCat("are more than ", kMaxCatalogConditions));
  }
  if (policy.actions.empty()) return Wrong("actions", "at least one is required");
  if (policy.actions.size() > kMaxActions)
    return Wrong("actions", base::StrCat("are more than ", kMaxActions));
  for (size_t i = 0; i < policy.conditions.size(); ++i) {
    if (policy.conditions[i].value.size() > kMaxValueBytes) {
      return Wrong(base::StrCat("conditions[", i, "].value"),
                   base::StrCat("has more than ", kMaxValueBytes, " bytes"));
    }
  }
  for (size_t i = 0; i < policy.actions.size(); ++i) {
    if (policy.actions[i].config.size() > kMaxConfigBytes) {
      return Wrong(base::StrCat("actions[", i, "].config"),
                   base::StrCat("has more than ", kMaxConfigBytes, " bytes"));
    }
  }
  return absl::OkStatus();
}

template <typename T>
void Take(const std::optional<T>& from, T* to) {
  if (from) *to = *from;
}

}  // namespace

CatalogPolicy NewCatalogPolicy(CatalogKind kind) {
  CatalogPolicy policy;
  policy.kind = kind;
  if (kind == CatalogKind::kStatic) {
    policy.severity = "medium";
  } else {
    policy.type = "risk";
    policy.category = "dynamic-risk";
  }
  return policy;
}

absl::StatusOr<CatalogPolicy> Drafted(const CatalogDraft& draft, CatalogPolicy before) {
  CatalogPolicy policy = std::move(before);
  if (draft.tier) RETURN_IF_ERROR(CheckTier(*draft.tier));
  Take(draft.name, &policy.name);
  Take(draft.description, &policy.description);
  Take(draft.category, &policy.category);
  Take(draft.priority, &policy.priority);
  Take(draft.enabled, &policy.enabled);
  if (policy.kind == CatalogKind::kStatic) {
    Take(draft.pattern, &policy.pattern);
    Take(draft.severity, &policy.severity);
    Take(draft.action, &policy.action);
    Take(draft.tags, &policy.tags);
  } else {
    Take(draft.type, &policy.type);
    Take(draft.conditions, &policy.conditions);
    Take(draft.actions, &policy.actions);
  }
  if (policy.name.empty()) return Wrong("name", "is required");
  RETURN_IF_ERROR(CheckLine("name", policy.name, kMaxNameBytes));
  if (policy.description.size() > kMaxDescriptionBytes) {
    return Wrong("description", base::StrCat("has more than ", kMaxDescriptionBytes, " bytes"));
  }
  if (policy.priority < -kMaxPriority || policy.priority > kMaxPriority) {
    return Wrong("priority", base::StrCat("must be from -", kMaxPriority, " to ", kMaxPriority));
  }
  if (policy.category.empty()) return Wrong("category", "is required");
  RETURN_IF_ERROR(policy.kind == CatalogKind::kStatic ? CheckStatic(policy) : CheckDynamic(policy));
  return policy;
}

std::string ChangedFields(const CatalogPolicy& before, const CatalogPolicy& after) {
  std::string fields;
  const auto add = [&](std::string_view name, bool changed) {
    if (changed) fields += base::StrCat(fields.empty() ? "" : ", ", name);
  };
  add("name", before.name != after.name);
  add("description", before.description != after.description);
  add("category", before.category != after.category);
  add("severity", before.severity != after.severity);
  add("action", before.action != after.action);
  add("type", before.type != after.type);
  add("conditions", before.conditions != after.conditions);
  add("actions", before.actions != after.actions);
  add("priority", before.priority != after.priority);
  add("enabled", before.enabled != after.enabled);
  add("tags", before.tags != after.tags);
  if (before.pattern != after.pattern) {
    const std::string hash = crypto::Hex(crypto::Sha256Of(after.pattern)).substr(0, kHashShown);
    add(base::StrCat("pattern (sha256 ", hash, ")"), true);
  }
  return fields;
}

}  // namespace portcullis::policy
