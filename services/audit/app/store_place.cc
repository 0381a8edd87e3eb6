#include "services/audit/app/store_place.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "libs/spool/files.h"
#include "services/audit/adapters/store/postgresql/postgres_store.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/client/record_codec.h"

namespace portcullis::audit {
namespace {

constexpr size_t kLogIdDigits = 32;

postgresql::PostgresOptions PostgresOptionsOf(const StorePlace& place) {
  return {{place.postgresql, place.password}, place.log_id};
}

}  // namespace

std::string StorePlace::Name() const {
  return postgresql.empty() ? sqlite.native() : base::StrCat("PostgreSQL (", postgresql, ")");
}

std::filesystem::path LogIdPath(const std::filesystem::path& state_dir) { return state_dir / "audit-log.id"; }

absl::StatusOr<std::string> ReadLogId(const std::filesystem::path& state_dir) {
  const std::filesystem::path path = LogIdPath(state_dir);
  std::string id;
  std::ifstream(path) >> id;
  const bool valid = id.size() == kLogIdDigits && id.find_first_not_of("0123456789abcdef") == id.npos;
  if (id.empty() || valid) return id;
  return absl::InvalidArgumentError(
      base::StrCat(path.native(), ": is not the id of an audit log (", kLogIdDigits, " hex digits)"));
}

absl::StatusOr<std::string> ReadOrMakeLogId(const std::filesystem::path& state_dir) {
  ASSIGN_OR_RETURN(std::string id, ReadLogId(state_dir));
  if (!id.empty()) return id;
  id = crypto::RandomHex(kLogIdDigits / 2);
  const std::filesystem::path path = LogIdPath(state_dir);
  const spool::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const std::string line = id + "\n";
  if (!file.valid() || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(file.get()) != 0) {
    return spool::FileError("write", path, errno);
  }
  return id;
}

absl::StatusOr<std::unique_ptr<AuditStore>> OpenStore(const StorePlace& place, spool::Durability durability,
                                                      const base::Clock& clock) {
  if (!place.postgresql.empty()) return postgresql::PostgresStore::Open(PostgresOptionsOf(place), clock);
  return sqlite::SqliteStore::Open(
      {place.sqlite.native(), durability == spool::Durability::kDisk, DecodeIndex});
}

absl::StatusOr<std::unique_ptr<AuditStore>> OpenStoreReadOnly(const StorePlace& place,
                                                              const base::Clock& clock) {
  if (!place.postgresql.empty())
    return postgresql::PostgresStore::OpenReadOnly(PostgresOptionsOf(place), clock);
  return sqlite::SqliteStore::OpenReadOnly(place.sqlite.native());
}

}  // namespace portcullis::audit
