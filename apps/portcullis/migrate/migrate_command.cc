#include "apps/portcullis/migrate/migrate_command.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "apps/config/load_config.h"
#include "apps/config/rule_place.h"
#include "apps/portcullis/migrate/migration.h"
#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/tree.h"
#include "libs/config/yaml_writer.h"
#include "services/policy/app/policy_component.h"

namespace portcullis::app {
namespace {

namespace code = config::code;
using config::Node;

constexpr int kMaxRounds = 20;

// Where something stands in a tree.
struct Place {
  Node* parent = nullptr;
  size_t index = 0;  // of the entry or item
};

// Nothing when nothing is there.
std::optional<Place> Find(Node& root, std::string_view path) {
  Node* node = &root;
  std::optional<Place> place;
  for (const config::PathStep& step : config::SplitPath(path)) {
    if (step.index >= 0) {
      place = Place{node, static_cast<size_t>(step.index)};
      if (place->index >= node->items.size()) return std::nullopt;
      node = &node->items[place->index];
      continue;
    }
    const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                    [&](const config::Entry& e) { return e.key == step.key; });
    if (found == node->entries.end()) return std::nullopt;
    place = Place{node, static_cast<size_t>(found - node->entries.begin())};
    node = &found->value;
  }
  return place;
}

void Erase(const Place& place) {
  const auto at = static_cast<std::ptrdiff_t>(place.index);
  if (place.parent->is_sequence()) {
    place.parent->items.erase(place.parent->items.begin() + at);
  } else {
    place.parent->entries.erase(place.parent->entries.begin() + at);
  }
}

// What this gateway knows nothing of may be left out; wrong values may not.
bool MayBeLeftOut(const config::Issue& issue) {
  return issue.severity == config::Severity::kError && !issue.path.empty() &&
         (issue.code == code::kUnknownPolicy || issue.code == code::kUnknownPolicyKey ||
          issue.code == code::kUnknownKey || issue.code == code::kNotSupported);
}

const config::Position& PositionOf(const Place& place) {
  return place.parent->is_sequence() ? place.parent->items[place.index].position
                                     : place.parent->entries[place.index].position;
}

// Takes out what the configuration does not know and tells it. Returns how much that was. The last of the
// file goes first, so that the paths of the others stay right.
size_t LeaveOut(const LoadedConfig& loaded, Remarks& remarks, Node& root) {
  using Order = std::tuple<int, int, std::string>;
  std::map<Order, const config::Issue*, std::greater<>> found;
  for (const config::Issue& issue : loaded.issues.all()) {
    const std::optional<Place> place = MayBeLeftOut(issue) ? Find(root, issue.path) : std::nullopt;
    if (!place) continue;
    const config::Position& position = PositionOf(*place);
    found.emplace(Order(position.line, position.column, issue.path), &issue);
  }
  for (const auto& [order, issue] : found) {
    const std::optional<Place> place = Find(root, issue->path);
    if (!place) continue;
    std::string_view why = issue->message;
    if (why.starts_with(issue->path + " ")) why.remove_prefix(issue->path.size() + 1);
    remarks.NotCarried(PositionOf(*place), issue->path, why);
    Erase(*place);
  }
  return found.size();
}

// As `policy lint` does, rules and patterns included.
LoadedConfig Check(const Node& root) {
  LoadedConfig loaded =
      LoadConfigText("the migrated configuration", config::WriteYaml(root), config::MapEnvironment());
  if (loaded.ok()) AddCompileProblem(policy::PolicyComponent::Check(loaded.chain), &loaded);
  return loaded;
}

std::optional<Migration> Migrate(const MigrateOptions& options, const config::Document& file,
                                 const config::Environment& environment) {
  if (options.from == "axonflow") return MigrateAxonFlow(file, environment);
  if (options.from == "keeptrusts") return MigrateKeeptrusts(file);
  if (options.from == "litellm") return MigrateLiteLlm(file);
  return std::nullopt;
}

// In the order of the file.
void Tell(std::vector<Remark> remarks, std::ostream& err) {
  std::stable_sort(remarks.begin(), remarks.end(), [](const Remark& a, const Remark& b) {
    return std::tie(a.position.line, a.position.column) < std::tie(b.position.line, b.position.column);
  });
  for (const Remark& remark : remarks) err << remark.text << "\n";
}

bool Write(const MigrateOptions& options, const std::string& text, std::ostream& out, std::ostream& err) {
  if (options.output.empty()) {
    out << text;
    return true;
  }
  std::ofstream file(options.output, std::ios::binary);
  file << text;
  file.close();
  if (!file.fail()) return true;
  err << options.output << " cannot be written: does its folder exist, and may this user write there?\n";
  return false;
}

}  // namespace

int RunMigrate(const MigrateOptions& options, const config::Environment& environment, std::ostream& out,
               std::ostream& err) {
  constexpr int kFailed = 2;
  config::Issues issues;
  const config::Document file = config::Document::Load(options.file, issues);
  if (issues.ok() && !file.root().is_mapping()) {
    file.Report(issues, config::Severity::kError, code::kSyntax, "", {}, "the file has no keys");
  }
  err << issues.Text();
  if (!issues.ok()) return kFailed;
  std::optional<Migration> migration = Migrate(options, file, environment);
  if (!migration) {
    err << "unknown product " << options.from << ": axonflow, keeptrusts, litellm\n";
    return kFailed;
  }
  err << migration->issues.Text();
  if (!migration->issues.ok()) return kFailed;
  Remarks remarks(file, migration->remarks);
  LoadedConfig loaded = Check(migration->root);
  for (int i = 0; i < kMaxRounds && !loaded.ok() && LeaveOut(loaded, remarks, migration->root) > 0; ++i) {
    loaded = Check(migration->root);
  }
  Tell(std::move(migration->remarks), err);
  if (!loaded.ok()) {
    err << loaded.issues.Text() << options.file
        << " holds what cannot be carried over: mend it and try again\n";
    return kFailed;
  }
  const std::string text = base::StrCat("# Written by `portcullis migrate ", options.from, "` from ",
                                        std::filesystem::path(options.file).filename().string(), ".\n",
                                        config::WriteYaml(migration->root));
  return Write(options, text, out, err) ? 0 : kFailed;
}

}  // namespace portcullis::app
