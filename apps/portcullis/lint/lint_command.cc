#include "apps/portcullis/lint/lint_command.h"

#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "apps/config/load_config.h"
#include "apps/config/rule_place.h"
#include "services/policy/app/policy_component.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUsage =
    "usage: portcullis policy lint [--file policy-config.yaml]... [--json] [--strict]\n";

struct LintOptions {
  bool help = false;
  std::vector<std::string> files;
  bool json = false;
  bool strict = false;
  std::string problem;  // with the arguments
};

LintOptions Parse(const std::vector<std::string>& args) {
  LintOptions options;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg == "--json") {
      options.json = true;
    } else if (arg == "--strict") {
      options.strict = true;
    } else if (arg == "--help" || arg == "-h") {
      options.help = true;
    } else if (arg == "--file" && i + 1 < args.size()) {
      options.files.push_back(args[++i]);
    } else if (arg.compare(0, 7, "--file=") == 0) {
      options.files.push_back(arg.substr(7));
    } else {
      options.problem = arg == "--file" ? "--file needs the name of a file" : "unknown argument " + arg;
    }
  }
  if (options.files.empty()) options.files = {"policy-config.yaml"};
  return options;
}

Json IssuesJson(const config::Issues& issues, bool errors) {
  Json list = Json::array();
  for (const config::Issue& issue : issues.all()) {
    if ((issue.severity == config::Severity::kError) == errors) list.push_back(config::ToJson(issue));
  }
  return list;
}

void WriteJson(const LoadedConfig& loaded, bool valid, std::ostream& out) {
  Json json;
  json["valid"] = valid;
  json["file"] = loaded.file;
  if (valid) {
    json["pack"] = {{"name", loaded.pack.name}, {"version", loaded.pack.version}};
    json["chain"] = loaded.chain.chain;
    json["policy_count"] = loaded.chain.chain.size();
  } else {
    json["errors"] = IssuesJson(loaded.issues, true);
  }
  json["warnings"] = IssuesJson(loaded.issues, false);
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

void WriteText(const LoadedConfig& loaded, bool valid, std::ostream& out) {
  out << loaded.issues.Text();
  if (!valid) {
    out << "FAILED " << loaded.file << " is not valid\n";
    return;
  }
  std::string chain;
  for (const std::string& kind : loaded.chain.chain) chain += (chain.empty() ? "" : " -> ") + kind;
  out << "OK " << loaded.file << " is valid\n"
      << "pack: " << loaded.pack.name << " " << loaded.pack.version
      << (loaded.pack.enabled ? "" : " (not enabled)") << "\nchain: " << (chain.empty() ? "(empty)" : chain)
      << "\npolicies: " << loaded.chain.chain.size() << "\n";
}

}  // namespace

int RunLint(const std::vector<std::string>& args, const config::Environment& environment,
            const base::Clock& clock, std::ostream& out) {
  const LintOptions options = Parse(args);
  if (options.help) {
    out << kUsage;
    return kLintOk;
  }
  if (!options.problem.empty()) {
    out << options.problem << "\n" << kUsage;
    return kLintFailed;
  }
  LoadedConfig loaded = LoadConfigFiles(options.files, environment, {}, &clock);
  if (loaded.ok()) AddCompileProblem(policy::PolicyComponent::Check(loaded.chain), &loaded);
  const bool warned = loaded.issues.count(config::Severity::kWarning) > 0;
  const bool valid = loaded.ok() && !(options.strict && warned);
  if (options.json) {
    WriteJson(loaded, valid, out);
  } else {
    WriteText(loaded, valid, out);
  }
  return valid ? kLintOk : kLintFailed;
}

}  // namespace portcullis::app
