#include "apps/portcullis/migrate/migrate_command.h"

#include <algorithm>
#include <cstdlib>
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
#include "libs/config/yaml_writer.h"
#include "services/policy/app/policy_component.h"

namespace portcullis::app {
namespace {

namespace code = config::code;
using config::Node;

constexpr int kMaxRounds = 20;

// Steps of "a.b[2].c", and where they lead. Null when nothing is there.
struct Step {
  Node* parent = nullptr;
  size_t index = 0;  // of the entry or item
};

std::optional<Step> FindStep(Node& root, std::string_view path) {
  Node* node = &root;
  std::optional<Step> step;
  while (!path.empty()) {
    const bool item = path[0] == '[';
    const size_t end = item ? path.find(']') : std::min(path.find_first_of(".["), path.size());
    if (end == path.npos) return std::nullopt;
    const std::string_view word = path.substr(item ? 1 : 0, end - (item ? 1 : 0));
    path.remove_prefix(item ? end + 1 : end);
    if (!path.empty() && path[0] == '.') path.remove_prefix(1);
    if (item) {
      const size_t index = std::strtoul(std::string(word).c_str(), nullptr, 10);
      if (index >= node->items.size()) return std::nullopt;
      step = Step{node, index};
      node = &node->items[index];
      continue;
    }
    const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                    [&](const config::Entry& e) { return e.key == word; });
    if (found == node->entries.end()) return std::nullopt;
    step = Step{node, static_cast<size_t>(found - node->entries.begin())};
    node = &found->value;
  }
  return step;
}

void Erase(const Step& step) {
  const auto at = static_cast<std::ptrdiff_t>(step.index);
  if (step.parent->is_sequence()) {
    step.parent->items.erase(step.parent->items.begin() + at);
  } else {
    step.parent->entries.erase(step.parent->entries.begin() + at);
  }
}

// What this gateway knows nothing of may be left out; wrong values may not.
bool MayBeLeftOut(const config::Issue& issue) {
  return issue.severity == config::Severity::kError && !issue.path.empty() &&
         (issue.code == code::kUnknownPolicy || issue.code == code::kUnknownPolicyKey ||
          issue.code == code::kUnknownKey || issue.code == code::kNotSupported);
}

const config::Position& PlaceOf(const Step& step) {
  return step.parent->is_sequence() ? step.parent->items[step.index].position
                                    : step.parent->entries[step.index].position;
}

// Takes out what the configuration does not know and tells it. Returns how much that was. The last of the
// file goes first, so that the paths of the others stay right.
size_t LeaveOut(const LoadedConfig& loaded, Remarks& remarks, Node& root) {
  using Place = std::tuple<int, int, std::string>;
  std::map<Place, const config::Issue*, std::greater<>> found;
  for (const config::Issue& issue : loaded.issues.all()) {
    const std::optional<Step> step = MayBeLeftOut(issue) ? FindStep(root, issue.path) : std::nullopt;
    if (step) found.emplace(Place(PlaceOf(*step).line, PlaceOf(*step).column, issue.path), &issue);
  }
  for (const auto& [place, issue] : found) {
    const std::optional<Step> step = FindStep(root, issue->path);
    if (!step) continue;
    std::string_view why = issue->message;
    if (why.starts_with(issue->path + " ")) why.remove_prefix(issue->path.size() + 1);
    remarks.NotCarried(PlaceOf(*step), issue->path, why);
    Erase(*step);
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
  err << options.output << " cannot be written\n";
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
