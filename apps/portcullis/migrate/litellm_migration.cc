#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "apps/config/default_config.h"
#include "apps/portcullis/migrate/litellm_targets.h"
#include "libs/base/strings.h"
#include "libs/config/codes.h"

namespace portcullis::app {
namespace {

using config::ListNode;
using config::MappingNode;
using config::Node;
using config::Put;
using config::TextNode;

std::optional<int> WholeNumber(const Node& node) {
  int number = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto parsed = std::from_chars(node.scalar.data(), end, number);
  if (!node.is_scalar() || parsed.ec != std::errc() || parsed.ptr != end || number < 0) return std::nullopt;
  return number;
}

class LiteLlm {
 public:
  LiteLlm(const Node& root, Remarks& remarks) : root_(root), remarks_(remarks) {}

  // `providers` of our configuration.
  Node Providers() {
    const Node* list = root_.Find("model_list");
    if (list != nullptr) models_ = ReadModelList(*list, remarks_);
    strategy_ = models_.has_weights ? "weighted_round_robin" : "random";
    for (const config::Entry& entry : root_.entries) {
      const bool settings = entry.key == "router_settings" || entry.key == "litellm_settings";
      if (entry.key == "model_list") continue;
      if (entry.key == "general_settings") {
        TellAll(entry, "who may call and where keys are kept is not configured here");
      } else if (settings) {
        for (const config::Entry& inner : entry.value.entries) Take(entry.key, inner);
      } else {
        remarks_.NotCarried(entry.position, entry.key, Why(entry.key));
      }
    }
    return Assemble();
  }

 private:
  static std::string_view Why(const std::string& key) {
    if (key == "guardrails") return "the built-in policies run: docs/policies has what they find";
    if (key == "environment_variables") return "export them before the start";
    return "there is no such setting";
  }

  void TellAll(const config::Entry& section, std::string_view why) {
    for (const config::Entry& inner : section.value.entries) {
      remarks_.NotCarried(inner.position, base::StrCat(section.key, ".", inner.key), why);
    }
  }

  void Take(const std::string& section, const config::Entry& entry) {
    const std::string what = base::StrCat(section, ".", entry.key);
    const std::optional<int> number = WholeNumber(entry.value);
    if (entry.key == "routing_strategy") return TakeStrategy(entry, what);
    if (entry.key == "num_retries" && number) {
      Put(retry_, "max_attempts", TextNode(base::StrCat(std::min(*number + 1, 10)), entry.position));
    } else if ((entry.key == "timeout" || entry.key == "request_timeout") && entry.value.is_scalar()) {
      timeout_ = entry.value;
    } else if (entry.key == "allowed_fails" && number) {
      Put(breaker_, "failure_threshold", TextNode(base::StrCat(*number + 1), entry.position));
    } else if (entry.key == "cooldown_time" && number) {
      Put(breaker_, "recovery_timeout_seconds", entry.value);
    } else if (entry.key == "drop_params") {
      drop_ = entry.value.scalar == "true" || entry.value.scalar == "True";
    } else if (entry.key == "fallbacks") {
      TakeFallbacks(entry, what);
    } else if (entry.key == "model_group_alias") {
      TakeAliases(entry, what);
    } else {
      remarks_.NotCarried(entry.position, what, "there is no such setting");
    }
  }

  void TakeStrategy(const config::Entry& entry, const std::string& what) {
    static const std::map<std::string, std::string> kStrategies = {
        {"least-busy", "least_busy"}, {"latency-based-routing", "latency"}, {"cost-based-routing", "cost"}};
    if (entry.value.scalar == "simple-shuffle") return;
    const auto found = kStrategies.find(entry.value.scalar);
    if (found != kStrategies.end()) {
      strategy_ = found->second;
      return;
    }
    strategy_ = "least_busy";
    remarks_.Note(entry.position, what, base::StrCat(entry.value.scalar, " becomes least_busy, the nearest"));
  }

  // [{big: [small, tiny]}]: a group has one group that follows it.
  void TakeFallbacks(const config::Entry& entry, const std::string& what) {
    for (const Node& item : entry.value.items) {
      for (const config::Entry& pair : item.entries) {
        for (size_t i = 0; i < pair.value.items.size(); ++i) {
          const std::string& to = pair.value.items[i].scalar;
          if (i == 0 && models_.ids.count(to) > 0 && models_.ids.count(pair.key) > 0) {
            fallbacks_[pair.key] = to;
          } else {
            remarks_.NotCarried(pair.value.items[i].position, base::StrCat(what, ": ", pair.key, " to ", to),
                                i > 0 ? "a group has one fallback_group, which may have its own"
                                      : "one of the two is not in model_list");
          }
        }
      }
    }
  }

  void TakeAliases(const config::Entry& entry, const std::string& what) {
    for (const config::Entry& alias : entry.value.entries) {
      const std::string to =
          alias.value.is_scalar() ? alias.value.scalar : TextOf(alias.value, "model").value_or("");
      if (models_.ids.count(to) > 0) {
        aliases_[to].push_back(alias.key);
      } else {
        remarks_.NotCarried(alias.position, base::StrCat(what, ": ", alias.key),
                            "its group is not in model_list");
      }
    }
  }

  Node Assemble() {
    Node providers = MappingNode();
    for (Node& target : models_.targets.items) {
      if (timeout_ && target.Find("timeout_seconds") == nullptr) Put(target, "timeout_seconds", *timeout_);
      if (drop_) Put(target, "on_unsupported", TextNode("drop"));
    }
    Put(providers, "strategy", TextNode(models_.targets.items.size() == 1 ? "single" : strategy_));
    if (!retry_.entries.empty()) Put(providers, "retry", std::move(retry_));
    if (!breaker_.entries.empty()) Put(providers, "circuit_breaker", std::move(breaker_));
    Put(providers, "targets", std::move(models_.targets));
    if (!models_.names.empty()) Put(providers, "model_groups", Groups());
    return providers;
  }

  Node Groups() {
    Node groups = ListNode();
    for (const std::string& name : models_.names) {
      Node group = MappingNode();
      Put(group, "name", TextNode(name));
      Put(group, "targets", ListNode(models_.ids[name]));
      if (aliases_.count(name) > 0) Put(group, "aliases", ListNode(aliases_[name]));
      if (fallbacks_.count(name) > 0) Put(group, "fallback_group", TextNode(fallbacks_[name]));
      groups.items.push_back(std::move(group));
    }
    return groups;
  }

  const Node& root_;
  Remarks& remarks_;
  LiteLlmTargets models_;
  std::string strategy_;
  std::optional<Node> timeout_;
  Node retry_ = MappingNode();
  Node breaker_ = MappingNode();
  bool drop_ = false;
  std::map<std::string, std::string> fallbacks_;
  std::map<std::string, std::vector<std::string>> aliases_;
};

}  // namespace

Migration MigrateLiteLlm(const config::Document& file) {
  Migration migration;
  Remarks remarks(file, migration.remarks);
  if (!file.root().is_mapping() || file.root().Find("model_list") == nullptr) {
    file.Report(migration.issues, config::Severity::kError, config::code::kMissing, "model_list", {},
                "the file has no model_list: it is not LiteLLM's config.yaml");
    return migration;
  }
  const config::Document policies =
      config::Document::Parse("built-in policies", DefaultPolicies(), migration.issues);
  migration.root = policies.root();
  NamePack(file.name(), migration.root);
  Put(migration.root, "providers", LiteLlm(file.root(), remarks).Providers());
  return migration;
}

}  // namespace portcullis::app
