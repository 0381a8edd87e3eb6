#include "services/policy/domain/catalog/catalog_match.h"

#include <utility>

namespace portcullis::policy {

CatalogMatch::CatalogMatch(CatalogKind kind, OnDetect action, ApplyTo apply_to, std::vector<Rule> rules,
                           std::vector<DlpPattern> patterns)
    : kind_(kind),
      action_(action),
      apply_to_(apply_to),
      rules_(std::move(rules)),
      matcher_(std::make_unique<const DlpMatcher>(nullptr, 0, std::move(patterns))) {}

OnDetect OnDetectOf(std::string_view action) {
  if (action == "block") return OnDetect::kBlock;
  if (action == "require_approval") return OnDetect::kEscalate;
  if (action == "redact") return OnDetect::kRedact;
  return OnDetect::kAllow;
}

}  // namespace portcullis::policy
