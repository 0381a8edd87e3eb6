// A tree of nodes as YAML text that reads back as the same tree.
#pragma once

#include <string>

#include "libs/config/node.h"

namespace portcullis::config {

// Block style, two columns per level; lists of scalars in one line. Quotes where plain text would read as
// something else. Comments and anchors are not kept. `root` is a mapping.
std::string WriteYaml(const Node& root);

}  // namespace portcullis::config
