// Reads a document into structs as a schema declares, reporting every problem at once.
#pragma once

#include <string>

#include "libs/config/document.h"
#include "libs/config/issues.h"
#include "libs/config/limitation.h"
#include "libs/config/setting.h"

namespace portcullis::config {

// Fills `object`, which must be of the type that `tree` was declared for. What is wrong keeps its default.
// Top-level keys that begin with "x-" are the user's own (places for anchors) and are skipped.
void Read(const Document& document, const SettingTree& tree, const Limitations& limitations, void* object,
          Issues& issues);

template <typename SchemaOfT, typename T>
void ReadInto(const Document& document, const SchemaOfT& schema, const Limitations& limitations, T& object,
              Issues& issues) {
  Read(document, *schema.tree(), limitations, &object, issues);
}

}  // namespace portcullis::config
