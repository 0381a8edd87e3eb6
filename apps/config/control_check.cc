#include "apps/config/control_check.h"

#include <algorithm>
#include <string>

#include "libs/base/strings.h"
#include "libs/config/codes.h"

namespace portcullis::app {
namespace {

using config::Severity;
namespace code = config::code;

class ControlCheck {
 public:
  ControlCheck(const config::Document& document, std::optional<base::SystemTime> now, config::Issues& issues)
      : document_(document), now_(now), issues_(issues) {}

  void Check(const policy::PolicyEntry& entry) {
    const std::string block = base::StrCat("policy.", entry.kind);
    if (!entry.control->when.targets.empty() && entry.apply_to != policy::ApplyTo::kOutput) {
      Report(Severity::kError, code::kConflict, block + ".when.target",
             "a condition on the target is for answers alone: a request is checked before it has a target",
             base::StrCat("set ", block, ".apply_to: output, or remove the condition"));
    }
    for (size_t i = 0; i < entry.control->exceptions.size(); ++i) {
      CheckException(entry.control->exceptions[i], base::StrCat(block, ".exceptions[", i, "]"));
    }
  }

  // `runs`: the chain names it.
  void CheckCostLimit(const policy::CostLimitOptions& options, bool runs) {
    const std::string block = base::StrCat("policy.", policy::kCostLimitKind);
    if (runs && options.limits.empty() && !options.max_cost_usd) {
      Report(Severity::kError, code::kMissing, block, "the policy limits nothing",
             base::StrCat("write ", block, ".max_cost_usd, or ", block, ".limits with conditions"));
    }
    for (size_t i = 0; i < options.limits.size(); ++i) {
      if (options.limits[i].when.targets.empty()) continue;
      Report(Severity::kError, code::kConflict, base::StrCat(block, ".limits[", i, "].when.target"),
             "a request is checked before it has a target",
             "remove the condition, and write max_cost_usd at the target");
    }
  }

 private:
  void CheckException(const policy::PolicyException& exception, const std::string& path) {
    if (exception.rules.empty() && exception.values.empty() && exception.value_sha256.empty()) {
      Report(Severity::kError, code::kMissing, path, "the exception covers every finding of the policy",
             "say which: rules, values or value_sha256; or set mode: observe");
    }
    const std::optional<base::SystemTime> end = policy::AfterDay(exception.expires);
    if (!end || !now_ || *now_ < *end) return;
    Report(Severity::kWarning, code::kExpired, path + ".expires",
           base::StrCat("the exception ended with ", exception.expires, " and does not hold any more"),
           "remove it, or set a later day");
  }

  void Report(Severity severity, const char* code, const std::string& path, std::string message,
              std::string suggestion) {
    document_.Report(issues_, severity, code, path, document_.LocateValue(path), std::move(message),
                     std::move(suggestion));
  }

  const config::Document& document_;
  const std::optional<base::SystemTime> now_;
  config::Issues& issues_;
};

}  // namespace

void CheckControls(const config::Document& document, const Settings& settings,
                   std::optional<base::SystemTime> now, config::Issues& issues) {
  ControlCheck check(document, now, issues);
  const policy::ChainOptions& chain = settings.policy.chain;
  for (const policy::PolicyEntry& entry : policy::PolicyEntries(chain)) check.Check(entry);
  check.CheckCostLimit(chain.cost_limit, std::find(chain.chain.begin(), chain.chain.end(),
                                                   policy::kCostLimitKind) != chain.chain.end());
}

}  // namespace portcullis::app
