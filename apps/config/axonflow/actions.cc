#include "apps/config/axonflow/actions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/config/axonflow/words.h"
#include "libs/base/strings.h"
#include "libs/config/codes.h"

namespace portcullis::app::axonflow {
namespace {

using config::Severity;
using Words = std::vector<std::string>;

struct Category {
  std::string_view name;      // in AXONFLOW_ENFORCE
  std::string_view variable;  // of its action
  std::string_view kind;      // our policy; "" = there is none
  bool redacts;
  // By profile: dev, default, strict, compliance.
  std::array<std::string_view, 4> actions;
};

constexpr std::array<std::string_view, 4> kProfiles = {"dev", "default", "strict", "compliance"};
constexpr Category kCategories[] = {
    {"pii", "PII_ACTION", "pii-detector", true, {"log", "warn", "block", "block"}},
    {"sqli", "SQLI_ACTION", "sql-injection", false, {"log", "warn", "block", "block"}},
    {"sensitive_data", "SENSITIVE_DATA_ACTION", "secrets", true, {"log", "warn", "block", "block"}},
    {"high_risk", "HIGH_RISK_ACTION", "", false, {"log", "warn", "warn", "block"}},
    {"dangerous_queries", "DANGEROUS_QUERY_ACTION", "", false, {"warn", "block", "block", "block"}},
    {"dangerous_commands", "DANGEROUS_COMMAND_ACTION", "", false, {"warn", "block", "block", "block"}},
};

// Set by AxonFlow's users, without a counterpart here.
constexpr std::pair<std::string_view, std::string_view> kWithoutEffect[] = {
    {"HIGH_RISK_ACTION", "nothing is scored for risk here: prompt-injection judges attacks"},
    {"DANGEROUS_QUERY_ACTION", "sql-injection finds statements that break out of a value: SQLI_ACTION"},
    {"DANGEROUS_COMMAND_ACTION", "commands are not judged: write patterns for dlp-filter"},
    {"GATEWAY_PII_ACTION", "one verdict holds in both modes: PII_ACTION"},
    {"GATEWAY_SQLI_ACTION", "one verdict holds in both modes: SQLI_ACTION"},
    {"GATEWAY_STATIC_POLICIES_ENABLED", "one verdict holds in both modes: policies.chain"},
    {"GATEWAY_SKIP_CATEGORIES", "one verdict holds in both modes: policies.chain"},
    {"SQLI_BLOCK_MODE", "write SQLI_ACTION"},
    {"PII_BLOCK_CRITICAL", "write PII_ACTION"},
    {"PROVIDER_COSTS", "prices are those of the list or of `pricing`: docs/providers/prices.md"},
};

class ActionReader {
 public:
  ActionReader(const config::Environment& environment, Base base, config::Document& document,
               config::Issues& issues)
      : environment_(environment), base_(base), document_(document), issues_(issues) {}

  void Read() {
    ReadProfile();
    ReadEnforce();
    for (const Category& category : kCategories) {
      if (!category.kind.empty()) Apply(category);
    }
    ReadDeploymentMode();
    for (const auto& [variable, why] : kWithoutEffect) {
      if (!Get(variable).empty()) Tell(Severity::kWarning, variable, base::StrCat("has no effect: ", why));
    }
  }

 private:
  struct Action {
    std::string word;
    std::string origin;
  };

  std::string Get(std::string_view variable) const { return environment_.Get(variable).value_or(""); }

  void Tell(Severity severity, std::string_view variable, std::string message, std::string suggestion = "") {
    const char* code = severity == Severity::kError ? config::code::kNotAllowed : config::code::kDoesNotRun;
    TellOfVariable(document_, issues_, severity, code, variable, std::move(message), std::move(suggestion));
  }

  // Whether `word` is one of `words`; an error names the variable.
  bool Check(std::string_view variable, const std::string& word, const Words& words) {
    const std::string problem = NotOneOf(word, words);
    if (!problem.empty()) Tell(Severity::kError, variable, problem);
    return problem.empty();
  }

  void ReadProfile() {
    const std::string name = Get("AXONFLOW_PROFILE");
    if (name.empty() || !Check("AXONFLOW_PROFILE", name, {kProfiles.begin(), kProfiles.end()})) return;
    profile_ = static_cast<size_t>(std::find(kProfiles.begin(), kProfiles.end(), name) - kProfiles.begin());
  }

  void ReadEnforce() {
    const std::string list = Get("AXONFLOW_ENFORCE");
    if (list == "all") {
      for (const Category& category : kCategories) enforced_.emplace_back(category.name);
    }
    if (list.empty() || list == "all" || list == "none") return;
    Words names = {"all", "none"};
    for (const Category& category : kCategories) names.emplace_back(category.name);
    for (std::string& name : SplitList(list)) {
      if (Check("AXONFLOW_ENFORCE", name, names)) enforced_.push_back(std::move(name));
    }
  }

  std::optional<Action> ActionOf(const Category& category) {
    std::string word = Get(category.variable);
    if (!word.empty()) {
      Words words = {"block", "warn", "log"};
      if (category.redacts) words.emplace_back("redact");
      if (!Check(category.variable, word, words)) return std::nullopt;
      return Action{word, std::string(category.variable)};
    }
    if (std::find(enforced_.begin(), enforced_.end(), category.name) != enforced_.end()) {
      return Action{"block", "AXONFLOW_ENFORCE"};
    }
    if (profile_) return Action{std::string(category.actions[*profile_]), "AXONFLOW_PROFILE"};
    return std::nullopt;
  }

  bool IsOff(const Category& category) const {
    return category.kind == "sql-injection" && Get("SQLI_SCANNER_MODE") == "off";
  }

  void Apply(const Category& category) {
    const std::optional<Action> action = ActionOf(category);
    if (!action || IsOff(category)) return;
    const std::string kind(category.kind);
    const std::string block = "policy." + kind;
    const std::string ours = action->word == "warn" ? "log" : action->word;
    if (base_ == Base::kBuiltIn) {
      Join(kind, action->origin);
      // AxonFlow examines whole queries, not only arguments of tools.
      if (kind == "sql-injection") document_.Override(block + ".prose", {"true"}, false, action->origin);
    } else if (!Names(kind)) {
      return Tell(Severity::kNote, action->origin,
                  base::StrCat("does not reach ", kind, ": the file's chain does not name it"));
    } else if (document_.Find(block + ".action") != nullptr ||
               document_.Find(block + ".response.action") != nullptr) {
      return Tell(Severity::kNote, action->origin,
                  base::StrCat("has no effect: the file has ", block, ".action"));
    }
    document_.Override(block + ".action", {ours}, false, action->origin);
  }

  bool Names(const std::string& kind) const {
    const config::Node* chain = document_.Find("policies.chain");
    return chain != nullptr && std::any_of(chain->items.begin(), chain->items.end(),
                                           [&](const config::Node& item) { return item.scalar == kind; });
  }

  // Adds a policy to the chain, before the log of it.
  void Join(const std::string& kind, const std::string& origin) {
    if (Names(kind)) return;
    Words chain;
    for (const config::Node& item : document_.Find("policies.chain")->items) {
      if (item.scalar == "audit-logger") chain.push_back(kind);
      chain.push_back(item.scalar);
    }
    document_.Override("policies.chain", chain, true, origin);
  }

  void ReadDeploymentMode() {
    constexpr std::string_view kVariable = "DEPLOYMENT_MODE";
    constexpr std::string_view kPath = "gateway.axonflow.deployment_mode";
    const std::string mode = Get(kVariable);
    if (mode.empty()) return;
    if (document_.Find(kPath) != nullptr) {
      return Tell(Severity::kNote, kVariable, base::StrCat("has no effect: the file has ", kPath));
    }
    const Words others = {"enterprise", "saas", "in-vpc", "in_vpc", "invpc"};
    const bool enterprise = std::find(others.begin(), others.end(), mode) != others.end();
    if (!enterprise && mode != "community") {
      // Others use this name too: what it says beside a file of ours need not be meant for us.
      const bool own = base_ == Base::kOwnFile;
      return Tell(own ? Severity::kWarning : Severity::kError, kVariable,
                  base::StrCat(own ? "has no effect: it " : "",
                               NotOneOf(mode, {"community", "enterprise", "saas", "in-vpc"})));
    }
    document_.Override(kPath, {enterprise ? "enterprise" : mode}, false, std::string(kVariable));
  }

  const config::Environment& environment_;
  const Base base_;
  config::Document& document_;
  config::Issues& issues_;
  std::optional<size_t> profile_;
  Words enforced_;
};

}  // namespace

void AddActions(const config::Environment& environment, Base base, config::Document& document,
                config::Issues& issues) {
  ActionReader(environment, base, document, issues).Read();
}

}  // namespace portcullis::app::axonflow
