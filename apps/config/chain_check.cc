#include "apps/config/chain_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/redact.h"
#include "libs/config/suggest.h"

namespace portcullis::app {
namespace {

using config::Quote;
using config::Severity;
namespace code = config::code;

std::vector<std::string> KnownKinds() {
  const auto root = RootSchema();
  return root.tree()->Find("policy")->children->Keys();
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

class ChainCheck {
 public:
  ChainCheck(const config::Document& document, config::Issues& issues)
      : document_(document), issues_(issues), known_(KnownKinds()) {}

  void CheckKind(size_t index, const std::string& kind) {
    const std::string path = base::StrCat("policies.chain[", index, "]");
    const auto place = document_.LocateValue(path);
    auto report = [&](Severity severity, const char* code, std::string message, std::string suggestion) {
      document_.Report(issues_, severity, code, path, place, std::move(message), std::move(suggestion));
    };
    const std::string block = "policy." + kind;
    if (std::find(known_.begin(), known_.end(), kind) == known_.end()) {
      const auto* row = config::FindLimitation(NotBuiltYet(), block, "");
      if (row != nullptr) {
        report(Severity::kError, code::kNotSupported,
               base::StrCat("the policy ", Quote(kind), " ", row->text),
               base::StrCat("supported: ", Join(known_)));
        return;
      }
      const std::string near = config::Nearest(kind, known_);
      report(Severity::kError, code::kUnknownPolicy,
             base::StrCat("unknown policy kind ", Quote(kind), " in the chain"),
             base::StrCat(near.empty() ? "" : base::StrCat("did you mean ", Quote(near), "? "),
                          "valid: ", Join(known_)));
    } else if (!seen_.insert(kind).second) {
      report(Severity::kError, code::kConflict, base::StrCat("the chain names ", Quote(kind), " twice"),
             "keep one of the two");
    } else if (document_.Find(block) == nullptr) {
      report(Severity::kWarning, code::kPolicyWithoutBlock,
             base::StrCat(Quote(kind), " has no block; its defaults are used"),
             base::StrCat("add policy: {", kind, ": {...}}, or leave it so"));
    }
  }

  void CheckBlocks() {
    const config::Node* blocks = document_.Find("policy");
    if (blocks == nullptr) return;
    for (const config::Entry& entry : blocks->entries) {
      const bool is_known = std::find(known_.begin(), known_.end(), entry.key) != known_.end();
      if (!is_known || seen_.count(entry.key) > 0) continue;
      document_.Report(
          issues_, Severity::kWarning, code::kDoesNotRun, "policy." + entry.key, entry.position,
          base::StrCat("the policy ", Quote(entry.key), " does not run: the chain does not name it"),
          base::StrCat("add \"- ", entry.key, "\" to policies.chain, or remove the block"));
    }
  }

 private:
  const config::Document& document_;
  config::Issues& issues_;
  const std::vector<std::string> known_;
  std::set<std::string> seen_;
};

}  // namespace

void CheckChain(const config::Document& document, const Settings& settings, config::Issues& issues) {
  ChainCheck check(document, issues);
  const std::vector<std::string>& chain = settings.policy.chain.chain;
  for (size_t i = 0; i < chain.size(); ++i) check.CheckKind(i, chain[i]);
  check.CheckBlocks();
  if (!chain.empty()) return;
  const config::Node* written = document.Find("policies.chain");
  if (written != nullptr && !written->is_null() && !(written->is_sequence() && written->items.empty()))
    return;
  document.Report(issues, Severity::kWarning, code::kDoesNotRun, "policies.chain",
                  document.Locate("policies.chain"), "the chain is empty: nothing is checked",
                  "write policies: {chain: [prompt-injection, pii-detector, safety-filter, audit-logger]}");
}

}  // namespace portcullis::app
