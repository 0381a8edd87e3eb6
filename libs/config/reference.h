// The reference documentation of a schema, as Markdown.
#pragma once

#include <string>

#include "libs/config/setting.h"

namespace portcullis::config {

// A heading per section ("## providers.retry") with the section's text and a table of its settings: key, type
// and allowed values, default, whether a change needs a restart, meaning.
std::string Reference(const SettingTree& tree);

}  // namespace portcullis::config
