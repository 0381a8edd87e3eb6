#include "services/policy/domain/sql/sql_policy.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::policy {

absl::StatusOr<std::unique_ptr<const SqlPolicy>> SqlPolicy::Create(const SqlInjectionOptions& options) {
  std::array<bool, kSqlRules.size()> enabled;
  enabled.fill(true);
  for (const auto& [name, on] : options.rules) {
    const auto known =
        std::find_if(kSqlRules.begin(), kSqlRules.end(),
                     [&, &wanted = name](const SqlRuleInfo& rule) { return rule.name == wanted; });
    if (known == kSqlRules.end()) {
      std::string list;
      for (const SqlRuleInfo& rule : kSqlRules) list += base::StrCat(list.empty() ? "" : ", ", rule.name);
      return absl::InvalidArgumentError(
          base::StrCat("sql-injection: rules: \"", name, "\" is not known; known are: ", list));
    }
    enabled[static_cast<size_t>(known - kSqlRules.begin())] = on;
  }
  return std::unique_ptr<const SqlPolicy>(new SqlPolicy(options, enabled));
}

}  // namespace portcullis::policy
