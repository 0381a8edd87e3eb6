#include "libs/pg/pg_settings.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "libs/pg/pg_database.h"

namespace portcullis::pg {
namespace {

std::string CheckConnection(std::string_view text) {
  const absl::Status status = CheckParameters(std::string(text));
  return status.ok()
             ? config::CheckOneLine(text)
             : base::StrCat(base::Message(status), "; a password goes by secret_key_ref: {env: NAME}");
}

}  // namespace

config::Schema<PgSettings> PgSchema(std::string doc, std::string connection_doc,
                                    const std::string& variable) {
  using P = PgSettings;
  config::Schema<P::PasswordRef> password("Where the password of PostgreSQL is, if it asks for one.");
  password.String("env", &P::PasswordRef::env,
                  {.doc = "Name of the environment variable that holds it.",
                   .max = 200,
                   .required = true,
                   .check = config::CheckVariableName,
                   .example = base::StrCat("env: ", variable)});
  config::Schema<P> schema(std::move(doc));
  schema
      .String("connection", &P::connection,
              {.doc = base::StrCat("Connection string or URI as libpq reads it, without a password. ",
                                   connection_doc),
               .max = 2000,
               .needs_restart = true,
               .check = CheckConnection,
               .example = "connection: \"host=db dbname=portcullis user=portcullis sslmode=verify-full\""})
      .Section("secret_key_ref", &P::password_ref, std::move(password),
               {.example = base::StrCat("secret_key_ref: {env: ", variable, "}")});
  return schema;
}

void ResolvePg(std::string_view path, std::string_view switch_path, bool used,
               const config::Environment& environment, const config::Document& document,
               config::Issues& issues, PgSettings& settings) {
  const auto report = [&](config::Severity severity, const char* code, std::string at, std::string message,
                          std::string suggestion) {
    document.Report(issues, severity, code, at, document.LocateValue(at), std::move(message),
                    std::move(suggestion));
  };
  const std::string connection = base::StrCat(path, ".connection");
  // Perhaps with what cannot be, which is told.
  const bool named = !settings.connection.empty() || document.Find(connection) != nullptr;
  if (used && !named) {
    report(config::Severity::kError, config::code::kMissing, std::string(switch_path),
           base::StrCat(switch_path, " is postgresql, and ", connection, " does not say which"),
           "write postgresql: {connection: \"host=db dbname=portcullis user=portcullis\"}");
  }
  if (!used && !settings.connection.empty()) {
    report(config::Severity::kWarning, config::code::kDoesNotRun, std::string(path),
           base::StrCat(path, " has no effect: ", switch_path, " is sqlite"), "write store: postgresql");
  }
  if (!settings.password_ref) return;
  settings.password = config::Secret(environment.Get(settings.password_ref->env).value_or(""));
  if (settings.password.empty()) {
    report(config::Severity::kWarning, config::code::kMissingKey, base::StrCat(path, ".secret_key_ref"),
           base::StrCat("the password of ", path, " is not set: PostgreSQL is asked without one"),
           "write secret_key_ref: {env: NAME} and export the variable before the start");
  }
}

}  // namespace portcullis::pg
