// The policies of a tenant, compiled: stages that run after those of the configured chain.
//
// Static policies that act alike on the same texts are one stage, whose patterns run in one pass; of several
// that match at one place the longest match is told. Each dynamic policy is a stage of its own, with its
// conditions as gate: what a request must be like, and the first condition that can be searched for as
// pattern.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/text/fold_table.h"
#include "services/policy/api/catalog_api.h"
#include "services/policy/domain/control/gate.h"
#include "services/policy/domain/direction.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

// Of one tenant; those that are not enabled do not count.
inline constexpr size_t kMaxDynamicRules = 40;
inline constexpr size_t kMaxRulePositions = 10'000;  // characters of all patterns, repeats written out

class CatalogMatch;
class DlpPattern;

// Immutable, shared by all threads.
class TenantRules {
 public:
  struct Row {
    const MatchPolicy* match;
    const Gate* gate;  // null = none
    bool always;       // acts on a request as a whole
  };

  // Of the enabled ones among them. INVALID_ARGUMENT: the field of the policy that is wrong;
  // RESOURCE_EXHAUSTED: too many. Some milliseconds; off the workers.
  static absl::StatusOr<std::shared_ptr<const TenantRules>> Compile(
      const std::vector<CatalogPolicy>& policies, const text::FoldTable& fold);
  ~TenantRules();

  const std::vector<Row>& rows(Direction direction) const { return rows_[static_cast<size_t>(direction)]; }
  // Its lanes are those of the rows, from kChainLanes on.
  const Prefilter& prefilter(Direction direction) const {
    return *prefilters_[static_cast<size_t>(direction)];
  }
  bool reads_query(Direction direction) const { return reads_query_[static_cast<size_t>(direction)]; }
  bool empty() const { return rows_[0].empty() && rows_[1].empty(); }

  // SHA-256 in hex: equal rules decide equally.
  const std::string& digest() const { return digest_; }

 private:
  TenantRules();
  absl::Status AddStatic(const std::vector<const CatalogPolicy*>& policies, const text::FoldTable& fold);
  absl::Status AddDynamic(const CatalogPolicy& policy, const text::FoldTable& fold);
  absl::Status CountPositions(const std::vector<DlpPattern>& patterns);
  void AddRow(std::unique_ptr<const CatalogMatch> match, std::unique_ptr<const Gate> gate, bool always);
  absl::Status BuildPrefilters();

  std::vector<std::unique_ptr<const CatalogMatch>> matches_;
  std::vector<std::unique_ptr<const Gate>> gates_;
  std::vector<Row> rows_[kDirections];
  std::unique_ptr<const Prefilter> prefilters_[kDirections];
  bool reads_query_[kDirections] = {};
  size_t positions_ = 0;
  size_t dynamic_ = 0;
  std::string digest_;
};

// By tenant; those without rules are not in it.
using CatalogRules = std::map<std::string, std::shared_ptr<const TenantRules>, std::less<>>;

}  // namespace portcullis::policy
