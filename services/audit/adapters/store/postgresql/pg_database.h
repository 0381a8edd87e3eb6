// PostgreSQL, by the names that this folder uses.
#pragma once

#include "libs/pg/pg_database.h"
#include "libs/pg/reconnecting.h"

namespace portcullis::audit::postgresql {

using pg::Answers;
using pg::ArrayParameter;
using pg::Connection;
using pg::CopyBuffer;
using pg::PgDatabase;
using pg::Reconnecting;
using pg::Rows;

}  // namespace portcullis::audit::postgresql
