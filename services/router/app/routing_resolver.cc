#include "services/router/app/routing_resolver.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/redact.h"
#include "services/router/domain/pricing/price_table.h"

namespace portcullis::router {
namespace {

using config::Quote;
using config::Severity;
namespace code = config::code;

Strategy ToStrategy(RoutingStrategy strategy) {
  switch (strategy) {
    case RoutingStrategy::kSingle:
      return Strategy::kSingle;
    case RoutingStrategy::kLatency:
      return Strategy::kLatency;
    case RoutingStrategy::kRoundRobin:
      return Strategy::kRoundRobin;
    case RoutingStrategy::kWeightedRoundRobin:
      return Strategy::kWeightedRoundRobin;
    case RoutingStrategy::kLeastBusy:
      return Strategy::kLeastBusy;
    case RoutingStrategy::kCost:
      return Strategy::kCost;
    case RoutingStrategy::kRandom:
      return Strategy::kRandom;
    case RoutingStrategy::kOrdered:
    case RoutingStrategy::kAbTest:
      break;
  }
  return Strategy::kOrdered;
}

RetryReasons ToReasons(const std::vector<std::string>& retry_on) {
  RetryReasons reasons{{}, false, false};
  for (const std::string& reason : retry_on) {
    if (reason == "timeout") {
      reasons.timeout = true;
    } else if (reason == "connection_error") {
      reasons.connection_error = true;
    } else {
      int status = 0;
      std::from_chars(reason.data(), reason.data() + reason.size(), status);
      reasons.statuses.push_back(status);
    }
  }
  return reasons;
}

void SetTriggers(const std::vector<std::string>& triggers, FallbackOptions& fallback) {
  fallback.rate_limit = fallback.timeout = fallback.service_unavailable = fallback.connection_error =
      fallback.key_refused = false;
  for (const std::string& trigger : triggers) {
    if (trigger == "rate_limit" || trigger == "rate_limit_exceeded") fallback.rate_limit = true;
    if (trigger == "timeout") fallback.timeout = true;
    if (trigger == "service_unavailable" || trigger == "5xx" || trigger == "server_error") {
      fallback.service_unavailable = true;
    }
    if (trigger == "connection_error") fallback.connection_error = true;
    if (trigger == "key_refused") fallback.key_refused = true;
  }
}

class RoutingResolver {
 public:
  RoutingResolver(const config::Document& document, const RouterSettings& settings, RouterOptions& options,
                  config::Issues& issues)
      : document_(document), settings_(settings), options_(options), issues_(issues) {
    for (const TargetOptions& target : options.targets) ids_.insert(target.id);
    for (const char* path : {"providers.strategy", "providers.routing.strategy",
                             "providers.fallback.strategy", "provider_routing.strategy"}) {
      if (document.Find(path) == nullptr) continue;
      strategy_path_ = path;
      strategy_name_ = document.Find(path)->scalar;
      break;
    }
  }

  void Resolve() {
    options_.strategy = ToStrategy(settings_.strategy.value_or(RoutingStrategy::kOrdered));
    options_.retry.reasons = ToReasons(settings_.retry_on);
    SetTriggers(settings_.triggers, options_.fallback);
    CheckStrategy();
    CheckWeights();
    CheckPrices();
    ResolveExperiment();
    CheckMirror();
    CheckGroups();
    const CircuitBreakerOptions& circuit = options_.circuit_breaker;
    if (circuit.enabled && circuit.max_recovery_timeout < circuit.recovery_timeout) {
      Report(Severity::kWarning, code::kSuspicious, "providers.circuit_breaker.max_recovery_timeout_seconds",
             "max_recovery_timeout_seconds is less than recovery_timeout_seconds: the time never grows",
             "make it the greater one");
    }
  }

 private:
  void Report(Severity severity, const char* code, const std::string& path, std::string message,
              std::string suggestion = "") {
    document_.Report(issues_, severity, code, path, document_.LocateValue(path), std::move(message),
                     std::move(suggestion));
  }

  std::string StrategyPath() const { return strategy_path_.empty() ? "providers.strategy" : strategy_path_; }

  size_t Serving() const {
    return options_.targets.size() -
           (options_.mirror.enabled && ids_.count(options_.mirror.target) > 0 ? 1 : 0);
  }

  void CheckStrategy() {
    const size_t count = options_.targets.size();
    if (count == 0) {
      document_.Report(issues_, Severity::kWarning, code::kDoesNotRun, "providers.targets",
                       document_.Locate("providers.targets"),
                       "no provider target is configured: requests have nowhere to go",
                       "add one under providers.targets");
      return;
    }
    CheckAlias();
    if (!settings_.strategy && count > 1 && strategy_path_.empty()) {
      document_.Report(
          issues_, Severity::kNote, code::kAssumed, "providers.strategy",
          document_.Locate("providers.targets"),
          base::StrCat("no strategy is given: the ", count, " targets are tried in listed order"),
          "write strategy: fallback to say so");
    } else if (settings_.strategy == RoutingStrategy::kSingle && count > 1) {
      Report(Severity::kWarning, code::kDoesNotRun, StrategyPath(),
             base::StrCat("the strategy single uses the first target; the other ", count - 1, " never serve"),
             "write strategy: fallback, or remove them");
    }
    const bool picks = options_.strategy != Strategy::kSingle && options_.strategy != Strategy::kOrdered;
    if (picks && Serving() < 2) {
      Report(
          Severity::kWarning, code::kDoesNotRun, StrategyPath(),
          base::StrCat("the strategy ", strategy_name_, " has one target to pick from: it changes nothing"),
          "add targets, or write strategy: single");
    }
  }

  void CheckAlias() {
    static const std::map<std::string, std::string, std::less<>> kAliases = {
        {"ordered", "fallback"},        {"priority", "fallback"}, {"lowest_latency", "latency"},
        {"round-robin", "round_robin"}, {"lowest_cost", "cost"},
    };
    if (const auto alias = kAliases.find(strategy_name_); alias != kAliases.end()) {
      Report(Severity::kNote, code::kDeprecated, StrategyPath(),
             base::StrCat(Quote(strategy_name_), " is another name of the strategy ", Quote(alias->second)),
             base::StrCat("write strategy: ", alias->second));
    }
    const bool prioritised = std::any_of(options_.targets.begin(), options_.targets.end(),
                                         [](const TargetOptions& target) { return target.priority != 0; });
    if (strategy_name_ == "priority" && !prioritised) {
      Report(Severity::kWarning, code::kDoesNotRun, StrategyPath(),
             "the strategy priority finds no target with a priority: they are tried in listed order",
             "give the targets a priority, lower ones first");
    }
  }

  void CheckWeights() {
    const auto& targets = options_.targets;
    if (targets.size() < 2) return;
    const bool equal = std::all_of(targets.begin(), targets.end(), [&](const TargetOptions& target) {
      return target.weight == targets[0].weight;
    });
    if (!equal && options_.strategy != Strategy::kWeightedRoundRobin) {
      Report(Severity::kWarning, code::kDoesNotRun, "providers.targets",
             "the targets have weights, which only the strategy weighted_round_robin looks at",
             "write strategy: weighted_round_robin, or remove the weights");
    }
    if (options_.strategy != Strategy::kWeightedRoundRobin || !options_.groups.empty()) return;
    const bool one_model = std::all_of(targets.begin(), targets.end(), [&](const TargetOptions& target) {
      return target.model == targets[0].model;
    });
    if (!one_model) {
      Report(Severity::kNote, code::kAssumed, StrategyPath(),
             "the targets have different models: a request that asks for one of these models goes to its "
             "targets",
             "to split those requests too, make a model group and list the models as its aliases");
    }
  }

  void CheckPrices() {
    if (options_.strategy != Strategy::kCost) return;
    size_t unpriced = 0;
    for (const TargetOptions& target : options_.targets) {
      unpriced += target.pricing || FindListPrice(target.provider, target.model) ? 0 : 1;
    }
    if (unpriced == 0) return;
    Report(Severity::kWarning, code::kSuspicious, StrategyPath(),
           base::StrCat("the strategy ", strategy_name_, " does not know the price of ", unpriced,
                        " targets: they come last"),
           "add pricing: {prompt: ..., completion: ...} to each target");
  }

  void ResolveExperiment() {
    AbTestOptions& test = options_.ab_test;
    if (settings_.strategy == RoutingStrategy::kAbTest) test.enabled = true;
    if (!test.enabled) return;
    for (size_t i = 0; i < test.variants.size(); ++i) {
      const std::string& id = test.variants[i].target;
      if (id.empty() || ids_.count(id) > 0) continue;
      Report(Severity::kError, code::kNotAllowed,
             base::StrCat("providers.ab_test.variants[", i, "].provider_id"),
             base::StrCat("the variant ", Quote(id), " is no target"), "write the id of one");
    }
    if (test.variants.empty()) {
      Report(Severity::kError, code::kMissing, "providers.ab_test", "providers.ab_test has no variants",
             "add variants: [{provider_id: ..., weight: ...}]");
    } else if (test.variants.size() == 1) {
      Report(Severity::kWarning, code::kSuspicious, "providers.ab_test.variants",
             "the experiment has one variant: everybody gets it", "add another one");
    }
  }

  void CheckMirror() {
    const MirrorOptions& mirror = options_.mirror;
    if (!mirror.enabled) return;
    if (ids_.count(mirror.target) == 0) {
      Report(Severity::kError, mirror.target.empty() ? code::kMissing : code::kNotAllowed,
             "providers.mirror.mirror_target",
             mirror.target.empty()
                 ? "providers.mirror lacks the key \"mirror_target\""
                 : base::StrCat("the mirror's target ", Quote(mirror.target), " is no target"),
             "write the id of one");
    } else if (Serving() == 0) {
      Report(Severity::kError, code::kConflict, "providers.mirror.mirror_target",
             "the mirror's target is the only one: nothing would serve requests", "add another target");
    }
  }

  void CheckGroups() {
    std::set<std::string> names;
    for (const ModelGroup& group : options_.groups) names.insert(group.name);
    std::set<std::string> taken;
    for (size_t i = 0; i < options_.groups.size(); ++i) {
      const ModelGroup& group = options_.groups[i];
      const std::string path = base::StrCat("providers.model_groups[", i, "]");
      CheckName(group.name, path + ".name", taken);
      for (const std::string& alias : group.aliases) CheckName(alias, path + ".aliases", taken);
      for (const std::string& id : group.targets) {
        if (ids_.count(id) > 0) continue;
        Report(Severity::kError, code::kNotAllowed, path + ".targets",
               base::StrCat("the group ", Quote(group.name), " names ", Quote(id), ", which is no target"),
               "write ids of targets");
      }
      if (group.targets.empty()) {
        Report(Severity::kWarning, code::kDoesNotRun, path,
               base::StrCat("the group ", Quote(group.name), " has no targets"), "add targets: [ids]");
      }
      if (!group.fallback_group.empty() && names.count(group.fallback_group) == 0) {
        Report(Severity::kError, code::kNotAllowed, path + ".fallback_group",
               base::StrCat("the group ", Quote(group.name), " falls back to ", Quote(group.fallback_group),
                            ", which is no group"),
               "write the name of one");
      }
    }
  }

  void CheckName(const std::string& name, const std::string& path, std::set<std::string>& taken) {
    if (name.empty()) return;
    if (!taken.insert(name).second) {
      Report(Severity::kError, code::kConflict, path,
             base::StrCat("the group name ", Quote(name), " is taken"), "give each group names of its own");
    } else if (ids_.count(name) > 0) {
      Report(Severity::kError, code::kConflict, path,
             base::StrCat("the group name ", Quote(name), " is the id of a target, which goes first"),
             "give the group another name");
    }
  }

  const config::Document& document_;
  const RouterSettings& settings_;
  RouterOptions& options_;
  config::Issues& issues_;
  std::set<std::string> ids_;
  std::string strategy_path_;  // "" = none is written
  std::string strategy_name_;
};

}  // namespace

void ResolveRouting(const config::Document& document, const RouterSettings& settings, RouterOptions& options,
                    config::Issues& issues) {
  RoutingResolver(document, settings, options, issues).Resolve();
}

}  // namespace portcullis::router
