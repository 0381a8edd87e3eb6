#include "tests/unit/services/audit/support/store_kinds.h"

#include "libs/crypto/sha256.h"
#include "libs/testing/postgres_server.h"
#include "services/audit/adapters/store/postgresql/postgres_store.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"

namespace portcullis::audit {
namespace {

const base::Clock& Clock() {
  static const base::SystemClock clock;
  return clock;
}

template <bool synced>
OpenStore MakeSqlite(const std::filesystem::path& folder) {
  return [path = (folder / "audit.db").native()] { return sqlite::SqliteStore::Open({path, synced}); };
}

OpenStore MakePostgresql(const std::filesystem::path&) {
  postgresql::PostgresOptions options;
  options.connection.parameters = testing::SharedPostgres().NewDatabase();
  options.log_id = crypto::RandomHex(16);
  return [options] { return postgresql::PostgresStore::Open(options, Clock()); };
}

}  // namespace

std::vector<StoreKind> StoreKinds() {
  return {{"Sqlite", MakeSqlite<false>}, {"SqliteSynced", MakeSqlite<true>}, {"Postgresql", MakePostgresql}};
}

}  // namespace portcullis::audit
