// Where a PostgreSQL database is, as configured.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "libs/config/schema.h"
#include "libs/config/secret.h"

namespace portcullis::pg {

struct PgSettings {
  std::string connection;  // libpq's, without a password
  struct PasswordRef {
    std::string env;
  };
  std::optional<PasswordRef> password_ref;
  config::Secret password;  // what ResolvePg found there
};

// `connection` and `secret_key_ref`. `connection_doc`: what there is to know besides. `variable`: a name for
// the example.
config::Schema<PgSettings> PgSchema(std::string doc, std::string connection_doc, const std::string& variable);

// Of the section at `path`, used when the setting at `switch_path` is `postgresql`, which `used` says: looks
// the password up, and tells what is missing or has no effect.
void ResolvePg(std::string_view path, std::string_view switch_path, bool used,
               const config::Environment& environment, const config::Document& document,
               config::Issues& issues, PgSettings& settings);

}  // namespace portcullis::pg
