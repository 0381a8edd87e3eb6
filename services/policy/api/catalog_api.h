// Policies that tenants keep by API, as callers of the policy service see them: plain types, no transport.
//
// A static policy is a pattern with an action; a dynamic one has conditions, all of which must hold, and
// actions. Names of categories, tiers, severities and actions are those of AxonFlow's API (docs/axonflow.md).
// Policies of the tier "system" are the rules of the configured chain: they can be read, not changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace portcullis::policy {

// The kinds of such policies, as findings, metrics and records name them.
inline constexpr std::string_view kStaticPolicy = "static-policy";
inline constexpr std::string_view kDynamicPolicy = "dynamic-policy";

inline constexpr std::string_view kSystemTier = "system";
inline constexpr std::string_view kTenantTier = "tenant";

// The tenant of callers without a name.
inline constexpr std::string_view kNamelessTenant = "community";

enum class CatalogKind : uint8_t { kStatic, kDynamic };

struct CatalogCondition {
  std::string field;  // "query"
  std::string op;     // "contains_any"
  std::string value;  // JSON: a string, a number, true, false, or an array of such
  bool operator==(const CatalogCondition&) const = default;
};

struct CatalogAction {
  std::string type;           // "block"
  std::string config = "{}";  // JSON: an object
  bool operator==(const CatalogAction&) const = default;
};

struct CatalogPolicy {
  CatalogKind kind = CatalogKind::kStatic;
  std::string id;
  std::string tenant;  // "" = of all: tier "system"
  std::string tier{kTenantTier};
  std::string name;
  std::string description;
  std::string category;
  int32_t priority = 0;  // of several that match, the lowest decides
  bool enabled = true;
  // static
  std::string pattern;
  std::string severity;
  std::string action;
  std::vector<std::string> tags;
  // dynamic
  std::string type;
  std::vector<CatalogCondition> conditions;
  std::vector<CatalogAction> actions;

  uint64_t version = 0;    // from 1
  int64_t created_us = 0;  // UTC, microseconds since 1970
  int64_t updated_us = 0;
  std::string created_by;
  std::string updated_by;
};

// What a caller says of a policy; what is absent stays, or has its default in a new one.
struct CatalogDraft {
  std::optional<std::string> tier, name, description, category, pattern, severity, action, type;
  std::optional<int32_t> priority;
  std::optional<bool> enabled;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::vector<CatalogCondition>> conditions;
  std::optional<std::vector<CatalogAction>> actions;
};

struct CatalogQuery {
  CatalogQuery() = default;  // no aggregate: GCC 12 copies those bitwise within co_await expressions
  CatalogQuery(CatalogKind k, std::string of, std::string one = "")
      : kind(k), tenant(std::move(of)), id(std::move(one)) {}

  CatalogKind kind = CatalogKind::kStatic;
  std::string tenant;
  std::string id;  // "" = all of the tenant's and the system's
};

struct CatalogChange {
  CatalogChange() = default;  // as above

  enum class What : uint8_t { kCreate, kUpdate, kDelete };

  What what = What::kCreate;
  CatalogKind kind = CatalogKind::kStatic;
  std::string tenant;
  std::string actor;  // who asks
  std::string id;     // of an update or a deletion
  CatalogDraft draft;
};

// What a change came to.
struct CatalogResult {
  CatalogPolicy policy;         // as it is now; of a deletion as it was
  uint64_t version_before = 0;  // 0 = there was none
  std::string change;           // "created", "updated", "enabled", "disabled", "deleted"
  std::string summary;          // names of what changed, without values: "action, pattern"
};

struct CatalogVersion {
  CatalogPolicy policy;  // as it was then
  std::string change;    // as in CatalogResult
  std::string summary;
};

// What a pattern finds in texts.
struct PatternTrial {
  struct Match {
    std::string input;
    std::vector<std::string> texts;  // what matched; none = nothing did
  };
  std::string error;  // why it is no pattern; "" = it is one
  std::vector<Match> matches;
};

// A request that a dynamic policy is tried on.
struct PolicyTrialInput {
  std::string tenant;
  std::string id;
  std::string query;
  std::string response;  // "" = none
  std::string user;
  std::string request_type;
};

struct PolicyTrial {
  bool matched = false;
  bool blocked = false;
  std::vector<CatalogAction> actions;  // those of the policy, when it matched
  std::string explanation;
  uint64_t micros = 0;
};

class CatalogApi {
 public:
  template <typename T>
  using Callback = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  virtual ~CatalogApi() = default;

  // All calls may block: never on a worker. Errors of all: UNAVAILABLE.

  // In no order. NOT_FOUND: the tenant has no policy of this id and kind.
  virtual void Find(const CatalogQuery& query, Callback<std::vector<CatalogPolicy>> done) = 0;

  // When it answers, the change is durable and requests that begin are checked by it. INVALID_ARGUMENT
  // ("field: what is wrong"), NOT_FOUND, PERMISSION_DENIED (a policy of the system, another tier, changes are
  // switched off), RESOURCE_EXHAUSTED (the tenant has as many as it may), ABORTED (another process changed it
  // just now); then nothing changed.
  virtual void Change(const CatalogChange& change, Callback<CatalogResult> done) = 0;

  // Newest first; at most kMaxCatalogVersions. NOT_FOUND. Policies of the system have none.
  virtual void Versions(const CatalogQuery& query, Callback<std::vector<CatalogVersion>> done) = 0;

  // RESOURCE_EXHAUSTED: too much text.
  virtual void TryPattern(const std::string& pattern, const std::vector<std::string>& inputs,
                          Callback<PatternTrial> done) = 0;

  // NOT_FOUND.
  virtual void TryPolicy(const PolicyTrialInput& input, Callback<PolicyTrial> done) = 0;
};

inline constexpr size_t kMaxCatalogVersions = 100;

}  // namespace portcullis::policy
