// What a migration makes of a file of another product.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "libs/config/node.h"
#include "libs/config/tree.h"

namespace portcullis::app {

struct Remark {
  config::Position position;
  std::string text;  // "axonflow.yaml:9:5: connectors: not carried over: ..."
};

struct Migration {
  config::Node root;      // our configuration
  config::Issues issues;  // with an error nothing is written
  std::vector<Remark> remarks;
};

// Where remarks about one file are gathered.
class Remarks {
 public:
  Remarks(const config::Document& file, std::vector<Remark>& remarks) : file_(file), remarks_(remarks) {}

  // `what` at `position` of the file is not in the result; `why` says so, and what to do instead.
  void NotCarried(const config::Position& position, std::string_view what, std::string_view why);

  // Something to know about a part that is in the result.
  void Note(const config::Position& position, std::string_view what, std::string_view text);

 private:
  const config::Document& file_;
  std::vector<Remark>& remarks_;
};

// The text of a scalar at `key` of a mapping, nothing when there is none.
std::optional<std::string> TextOf(const config::Node& mapping, std::string_view key);

// Gives the tree a pack that is named after the file, in place of the one that it has.
void NamePack(const std::string& file, config::Node& root);

// AxonFlow's YAML with the variables of `environment`; docs/migration-axonflow.md.
Migration MigrateAxonFlow(const config::Document& file, const config::Environment& environment);

// Keeptrusts' policy-config.yaml in any of its forms; docs/migration-keeptrusts.md.
Migration MigrateKeeptrusts(const config::Document& file);

// LiteLLM's config.yaml; docs/migration-litellm.md.
Migration MigrateLiteLlm(const config::Document& file);

}  // namespace portcullis::app
