// Writes docs/config.md from the declarations of the settings.
//   gen_config_docs FILE           writes it
//   gen_config_docs --check FILE   compares: 0 = equal, 1 = differs, with the first different line
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

#include "apps/config/settings.h"
#include "libs/config/reference.h"

namespace {

constexpr std::string_view kIntroduction =
    R"(# The configuration: `policy-config.yaml`

This page is generated from the declarations of the settings (`tools/gen_config_docs.cc`); edit those instead.

One file configures every process; each reads its part, and the whole file is checked by all of them. Check a file
with `portcullis policy lint --file policy-config.yaml`. Unknown keys are errors. Top-level keys that begin with `x-`
are yours, as a place for YAML anchors.

)";

std::string NotBuilt() {
  std::string text =
      "## What is not built yet\n\n"
      "These load with a note (no effect yet) or are refused with an error (going on without them would "
      "break what "
      "the file asks for).\n\n| setting | value | what happens |\n|---|---|---|\n";
  for (const auto& row : portcullis::app::NotBuiltYet()) {
    const bool refused = row.kind == portcullis::config::Limitation::Kind::kRefused;
    text += "| `" + std::string(row.path) + "` | " +
            (row.value.empty() ? std::string("any") : "`" + std::string(row.value) + "`") + " | " +
            (refused ? "error: " : "note: ") + std::string(row.text) + " |\n";
  }
  return text;
}

std::string Page() {
  return std::string(kIntroduction) + portcullis::config::Reference(*portcullis::app::RootSchema().tree()) +
         NotBuilt();
}

int Compare(const std::string& file, const std::string& page) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text == page) return 0;
  std::istringstream committed(text), generated(page);
  std::string had, has;
  int line = 1;
  while (std::getline(committed, had) && std::getline(generated, has) && had == has) ++line;
  std::cerr << file << ":" << line << ": differs from the declarations; run: gen_config_docs " << file
            << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string page = Page();
  if (argc == 3 && std::string_view(argv[1]) == "--check") return Compare(argv[2], page);
  if (argc != 2) {
    std::cerr << "usage: gen_config_docs [--check] docs/config.md\n";
    return 2;
  }
  std::ofstream out(argv[1], std::ios::binary);
  out << page;
  return out.good() ? 0 : 1;
}
