#include "apps/portcullis/doctor/store_checks.h"

#include <cstdlib>
#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::doctor {
namespace {

constexpr int kOldestRedis = 5;
constexpr int kOldestPostgresql = 15;
constexpr int kMajor = 10'000;  // in PostgreSQL's version numbers

std::string Place(const NamedDatabase& database) {
  const std::string variable = database.settings.password_ref ? database.settings.password_ref->env : "";
  return variable.empty() ? base::StrCat("give ", database.path, ".secret_key_ref")
                          : base::StrCat("put it into ", variable);
}

}  // namespace

Finding JudgeRedis(const router::SharedStateOptions& options,
                   const absl::StatusOr<router::RedisFacts>& facts) {
  const auto finding = [&](Level level, std::string message, std::string fix) {
    return Finding{"redis", options.redis, level, std::move(message), std::move(fix)};
  };
  if (absl::IsUnavailable(facts.status())) {
    return finding(Level::kWarning,
                   base::StrCat(base::Message(facts.status()), "; until it is there routers share nothing"),
                   "start Redis, or correct providers.shared_state.redis; check name service and firewall");
  }
  if (!facts.ok()) {
    return finding(
        Level::kError, std::string(base::Message(facts.status())),
        "give the right username and secret_key_ref in providers.shared_state, and let the user run "
        "EVAL on the key " +
            options.prefix + ":router:cooldowns");
  }
  if (std::atoi(facts->version.c_str()) < kOldestRedis) {
    return finding(Level::kError, base::StrCat("it is Redis ", facts->version),
                   base::StrCat("take Redis ", kOldestRedis, " or later"));
  }
  if (facts->replica) {
    return finding(Level::kError,
                   base::StrCat("it is Redis ", facts->version, ", a replica that takes no writes"),
                   "name the primary in providers.shared_state.redis");
  }
  return finding(Level::kOk, base::StrCat("it is Redis ", facts->version, ", and the login is right"), "");
}

Finding JudgePostgresql(const NamedDatabase& database, const absl::StatusOr<pg::DatabaseFacts>& facts) {
  const auto finding = [&](Level level, std::string message, std::string fix) {
    return Finding{"postgresql", database.path, level, std::move(message), std::move(fix)};
  };
  if (absl::IsFailedPrecondition(facts.status())) {
    return finding(Level::kError, std::string(base::Message(facts.status())),
                   base::StrCat("correct user and dbname in ", database.path,
                                ".connection; the password: ", Place(database)));
  }
  if (!facts.ok()) {
    return finding(Level::kError, std::string(base::Message(facts.status())),
                   base::StrCat("start PostgreSQL, or correct ", database.path,
                                ".connection; check name service and firewall"));
  }
  const std::string name =
      base::StrCat("it is PostgreSQL ", facts->version / kMajor, ".", facts->version % kMajor);
  if (facts->version / kMajor < kOldestPostgresql) {
    return finding(Level::kError, name, base::StrCat("take PostgreSQL ", kOldestPostgresql, " or later"));
  }
  if (facts->replica) {
    return finding(
        Level::kError, name + ", a standby that takes no writes",
        base::StrCat("name the primary in ", database.path, ".connection (libpq: target_session_attrs)"));
  }
  if (!facts->may_write) {
    return finding(Level::kError,
                   base::StrCat(name, ", where the role may not make tables in the schema ", database.schema),
                   "GRANT CREATE ON DATABASE to the role, or make it the owner");
  }
  return finding(Level::kOk, name + ", and the login is right", "");
}

}  // namespace portcullis::doctor
