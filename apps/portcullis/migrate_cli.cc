#include "apps/portcullis/migrate_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "apps/portcullis/migrate/migrate_command.h"

namespace portcullis::app {

int RunMigrateCli(int argc, char** argv) {
  CLI::App app("Writes another product's configuration as ours; says what it could not carry over.", argv[0]);
  MigrateOptions options;
  app.add_option("from", options.from, "axonflow | keeptrusts | litellm")
      ->required()
      ->check(CLI::IsMember({"axonflow", "keeptrusts", "litellm"}));
  app.add_option("file", options.file, "its configuration")->required();
  app.add_option("--output", options.output, "a file for the result (default: the standard output)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return RunMigrate(options, config::SystemEnvironment(), std::cout, std::cerr);
}

}  // namespace portcullis::app
