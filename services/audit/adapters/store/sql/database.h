// The database behind a store, by the names that this folder uses.
#pragma once

#include "libs/sql/database.h"

namespace portcullis::audit::sql {

using portcullis::sql::Cursor;
using portcullis::sql::Database;
using portcullis::sql::Statement;

}  // namespace portcullis::audit::sql
