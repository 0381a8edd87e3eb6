// The doctor's judgement of the servers in which state lies: PostgreSQL and Redis.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "apps/portcullis/doctor/finding.h"
#include "services/audit/app/audit_settings.h"
#include "services/audit/app/database_facts.h"
#include "services/router/app/shared_state.h"

namespace portcullis::doctor {

// Routers go on without Redis, each for itself: that it is away is a warning.
Finding JudgeRedis(const router::SharedStateOptions& options,
                   const absl::StatusOr<router::RedisFacts>& facts);

Finding JudgePostgresql(const pg::PgSettings& settings,
                        const absl::StatusOr<audit::DatabaseFacts>& facts);

}  // namespace portcullis::doctor
