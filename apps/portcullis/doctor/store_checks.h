// The doctor's judgement of the servers in which state lies: PostgreSQL and Redis.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "apps/portcullis/doctor/finding.h"
#include "libs/pg/database_facts.h"
#include "libs/pg/pg_settings.h"
#include "services/router/app/shared_state.h"

namespace portcullis::doctor {

// Routers go on without Redis, each for itself: that it is away is a warning.
Finding JudgeRedis(const router::SharedStateOptions& options,
                   const absl::StatusOr<router::RedisFacts>& facts);

// A database that the configuration names at `path`, for tables in `schema`.
struct NamedDatabase {
  std::string path;
  std::string schema;
  pg::PgSettings settings;
};

Finding JudgePostgresql(const NamedDatabase& database, const absl::StatusOr<pg::DatabaseFacts>& facts);

}  // namespace portcullis::doctor
