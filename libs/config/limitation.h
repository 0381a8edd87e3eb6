// What the configuration language knows and this version does not do, as a table: a version that learns a
// thing deletes its row.
#pragma once

#include <string_view>
#include <vector>

namespace portcullis::config {

struct Limitation {
  enum class Kind {
    kNote,     // loads; a note says that it has no effect yet
    kRefused,  // an error: going on without it would break what the operator asked for
  };

  std::string_view path;   // "providers.targets[].data_policy"; "*" matches any one key
  std::string_view value;  // only when the setting has this value; "" = whenever it is there
  Kind kind = Kind::kNote;
  std::string_view text;  // a sentence that follows the setting's name
};

using Limitations = std::vector<Limitation>;

// The row for a path with indexes ("providers.targets[2].data_policy") and a scalar's value ("" = no scalar),
// or null. Rows with a value come before rows without.
const Limitation* FindLimitation(const Limitations& table, std::string_view path, std::string_view value);

}  // namespace portcullis::config
