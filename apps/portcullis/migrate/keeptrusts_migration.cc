#include <algorithm>
#include <map>
#include <utility>

#include "apps/portcullis/migrate/migration.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using config::ListNode;
using config::MappingNode;
using config::Node;
using config::Put;
using config::TextNode;

const std::string* KindOf(const std::string& type) {
  static const std::map<std::string, std::string> kKinds = {{"prompt_injection", "prompt-injection"},
                                                            {"prompt-injection", "prompt-injection"},
                                                            {"pii_redaction", "pii-detector"},
                                                            {"pii_detection", "pii-detector"},
                                                            {"pii", "pii-detector"},
                                                            {"content_filter", "safety-filter"},
                                                            {"safety_filter", "safety-filter"},
                                                            {"dlp", "dlp-filter"},
                                                            {"audit", "audit-logger"},
                                                            {"audit_log", "audit-logger"},
                                                            {"secrets", "secrets"},
                                                            {"sql_injection", "sql-injection"}};
  const auto found = kKinds.find(type);
  return found == kKinds.end() ? nullptr : &found->second;
}

// The forms without `policies.chain`: a list of policies with types, and a block for the process.
class OldForm {
 public:
  OldForm(Node& root, Remarks& remarks) : root_(root), remarks_(remarks) {}

  void Rewrite() {
    for (const char* key : {"policies", "input_policies", "output_policies"}) TakeList(key);
    if (!chain_.empty()) {
      Node policies = MappingNode();
      Put(policies, "chain", ListNode(chain_));
      Put(root_, "policies", std::move(policies));
      Put(root_, "policy", std::move(blocks_));
    }
    std::erase_if(root_.entries, [](const config::Entry& e) { return e.key == "version"; });
    RewriteGateway();
  }

 private:
  void TakeList(const std::string& key) {
    const auto found = std::find_if(root_.entries.begin(), root_.entries.end(),
                                    [&](const config::Entry& e) { return e.key == key; });
    if (found == root_.entries.end() || !found->value.is_sequence()) return;
    const Node list = std::move(found->value);
    root_.entries.erase(found);
    const size_t underscore = key.find('_');
    const std::string phase = underscore == key.npos ? "" : key.substr(0, underscore);
    for (const Node& item : list.items) TakePolicy(item, phase);
  }

  void TakePolicy(const Node& item, const std::string& list_phase) {
    const std::string type = TextOf(item, "type").value_or("");
    const std::string name = base::StrCat("policies: ", TextOf(item, "name").value_or(type));
    const std::string* kind = KindOf(type);
    if (kind == nullptr) {
      return remarks_.NotCarried(item.position, name, base::StrCat("no policy does what ", type, " did"));
    }
    if (std::find(chain_.begin(), chain_.end(), *kind) != chain_.end()) {
      return remarks_.NotCarried(item.position, name, base::StrCat(*kind, " is in the chain already"));
    }
    chain_.push_back(*kind);
    Node block = MappingNode(item.position);
    if (*kind != "audit-logger") Fill(item, list_phase, block);
    Put(blocks_, *kind, std::move(block));
    for (const config::Entry& entry : item.entries) {
      if (entry.key == "config") TakeConfig(entry.value, *kind);
    }
  }

  static void Fill(const Node& item, const std::string& list_phase, Node& block) {
    std::string action = TextOf(item, "action").value_or("");
    if (action == "warn" || action == "allow" || action == "observe") action = "log";
    if (!action.empty()) Put(block, "action", TextNode(action, item.position));
    std::string phase = TextOf(item, "phase").value_or(list_phase);
    if (phase == "pre" || phase == "request") phase = "input";
    if (phase == "post" || phase == "response") phase = "output";
    if (!phase.empty()) Put(block, "apply_to", TextNode(phase, item.position));
  }

  void TakeConfig(const Node& config, const std::string& kind) {
    Node& block = blocks_.entries.back().value;
    for (const config::Entry& entry : config.entries) {
      if (entry.key == "threshold" && kind == "prompt-injection") {
        Put(block, entry.key, entry.value);
      } else {
        remarks_.NotCarried(entry.position, base::StrCat(kind, ": config.", entry.key),
                            base::StrCat("see docs/policies/", kind, ".md for what it has"));
      }
    }
  }

  // `gateway: {port, logging: {level}}`.
  void RewriteGateway() {
    for (config::Entry& entry : root_.entries) {
      if (entry.key != "gateway") continue;
      for (config::Entry& inner : entry.value.entries) {
        if (inner.key == "port" || inner.key == "listen_port") {
          inner.key = "listen";
          inner.value.scalar = "0.0.0.0:" + inner.value.scalar;
        } else if (inner.key == "logging") {
          const std::optional<std::string> level = TextOf(inner.value, "level");
          if (!level) continue;
          inner.key = "log_level";
          inner.value = TextNode(*level == "warn" ? "warning" : *level, inner.position);
        }
      }
    }
  }

  Node& root_;
  Remarks& remarks_;
  std::vector<std::string> chain_;
  Node blocks_ = MappingNode();
};

}  // namespace

Migration MigrateKeeptrusts(const config::Document& file) {
  Migration migration;
  Remarks remarks(file, migration.remarks);
  migration.root = file.root();
  OldForm(migration.root, remarks).Rewrite();
  if (migration.root.Find("pack") == nullptr) NamePack(file.name(), migration.root);
  return migration;
}

}  // namespace portcullis::app
