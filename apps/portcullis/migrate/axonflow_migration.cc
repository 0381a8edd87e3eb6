#include "apps/config/axonflow/translation.h"
#include "apps/config/default_config.h"
#include "apps/portcullis/migrate/migration.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using config::Node;

// Tells of values that a variable gave: from now on the file says them.
void TellVariables(const Node& node, const std::string& path, Remarks& remarks) {
  for (const config::Entry& entry : node.entries) {
    TellVariables(entry.value, path.empty() ? entry.key : base::StrCat(path, ".", entry.key), remarks);
  }
  for (const Node& item : node.items) TellVariables(item, path, remarks);
  const bool reference = node.is_scalar() && node.scalar.find('$') != node.scalar.npos;
  if (!reference || path.starts_with("connectors.") || path.ends_with(".api_key")) return;
  remarks.Note(node.position, path, base::StrCat(node.scalar, " is replaced by its value of now"));
}

// The places are those of another document.
void ForgetPlaces(Node& node) {
  node.position = {};
  for (Node& item : node.items) ForgetPlaces(item);
  for (config::Entry& entry : node.entries) {
    entry.position = {};
    ForgetPlaces(entry.value);
  }
}

}  // namespace

Migration MigrateAxonFlow(const config::Document& file, const config::Environment& environment) {
  Migration migration;
  Remarks remarks(file, migration.remarks);
  config::Document document =
      config::Document::Parse("built-in policies", DefaultPolicies(), migration.issues);
  axonflow::Translate(&file, environment, axonflow::Base::kBuiltIn, document, migration.issues);
  TellVariables(file.root(), "", remarks);
  for (const axonflow::Origin& origin : axonflow::Origins(document)) {
    const bool from_file = origin.from.starts_with(file.name() + ":");
    if (from_file || origin.from == "AxonFlow's default") continue;
    migration.remarks.push_back({{},
                                 base::StrCat(origin.from, ": ", origin.path, ": ", origin.value,
                                              " is written as the variable says now")});
  }
  migration.root = document.root();
  ForgetPlaces(migration.root);
  NamePack(file.name(), migration.root);
  return migration;
}

}  // namespace portcullis::app
