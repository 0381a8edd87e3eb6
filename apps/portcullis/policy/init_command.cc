#include "apps/portcullis/policy/init_command.h"

#include <algorithm>
#include <fstream>
#include <ostream>
#include <vector>

#include "apps/portcullis/policy/templates.h"
#include "libs/base/strings.h"
#include "libs/config/suggest.h"

namespace portcullis::app {
namespace {

absl::Status Write(const std::filesystem::path& file, std::string_view content) {
  std::ofstream out(file, std::ios::binary);
  if ((out << content).flush()) return absl::OkStatus();
  return absl::UnavailableError(base::StrCat("cannot write ", file.string()));
}

absl::Status WriteAll(const PolicyTemplate& chosen, const std::filesystem::path& dir) {
  const std::filesystem::path config = dir / "policy-config.yaml";
  const std::filesystem::path tests = dir / "tests" / base::StrCat(chosen.name, ".json");
  for (const std::filesystem::path& file : {config, tests}) {
    if (!std::filesystem::exists(file)) continue;
    return absl::AlreadyExistsError(base::StrCat(file.string(), " is there already; nothing was written"));
  }
  std::error_code error;
  std::filesystem::create_directories(tests.parent_path(), error);
  if (absl::Status status = Write(config, ConfigOf(chosen)); !status.ok()) return status;
  return Write(tests, chosen.tests);
}

void List(std::ostream& out) {
  for (const PolicyTemplate& one : PolicyTemplates()) {
    out << "  " << one.name << std::string(30 - one.name.size(), ' ') << one.help << "\n";
  }
}

}  // namespace

int RunInit(const InitOptions& options, std::ostream& out, std::ostream& err) {
  if (options.list) {
    List(out);
    return 0;
  }
  const auto templates = PolicyTemplates();
  const auto chosen = std::find_if(templates.begin(), templates.end(),
                                   [&](const PolicyTemplate& one) { return one.name == options.name; });
  if (chosen == templates.end()) {
    std::vector<std::string> names;
    for (const PolicyTemplate& one : templates) names.emplace_back(one.name);
    const std::string near = config::Nearest(options.name, names);
    err << "no template \"" << options.name << "\""
        << (near.empty() ? "" : "; did you mean \"" + near + "\"?") << "\nthere are:\n";
    List(err);
    return 2;
  }
  if (const absl::Status written = WriteAll(*chosen, options.dir); !written.ok()) {
    err << base::Message(written) << "\n";
    return 2;
  }
  out << "wrote " << (options.dir / "policy-config.yaml").string() << " and its tests\n"
      << "next:\n  portcullis policy test\n  MISTRAL_API_KEY=... portcullis gateway run --policy-config "
         "policy-config.yaml\n";
  return 0;
}

}  // namespace portcullis::app
