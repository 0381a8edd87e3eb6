#include "apps/config/rule_place.h"

#include <string>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/document.h"

namespace portcullis::app {
namespace {

// "policy.safety-filter.block_if[3]" of "safety-filter: block_if[3]: it has no words".
std::string PathOf(std::string_view message) {
  const size_t kind = message.find(": ");
  const size_t key = kind == message.npos ? kind : message.find(": ", kind + 2);
  if (key == message.npos) return "policies.chain";
  return base::StrCat("policy.", message.substr(0, kind), ".", message.substr(kind + 2, key - kind - 2));
}

}  // namespace

bool NamesPolicy(const absl::Status& status) {
  const policy::ChainOptions any;
  for (const policy::PolicyEntry& entry : policy::PolicyEntries(any)) {
    if (base::Message(status).starts_with(base::StrCat(entry.kind, ": "))) return true;
  }
  return false;
}

void AddCompileProblem(const absl::Status& status, LoadedConfig* config) {
  if (status.ok()) return;
  const std::string_view message = base::Message(status);
  const std::string path = PathOf(message);
  config::Issues unused;
  const config::Document document = config::Document::Load(config->file, unused);
  document.Report(config->issues, config::Severity::kError, config::code::kNotAllowed, path,
                  document.LocateValue(path), std::string(message));
  config->issues.Sort();
}

}  // namespace portcullis::app
